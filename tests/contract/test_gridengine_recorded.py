"""Every recorded reply of Grid Engine, and what it means."""

from itertools import pairwise

import pytest

from hub_config.schedulers.base import Ending, Membership, Phase, Refused, Reply, Unanswered
from hub_config.schedulers.gridengine import GridEngine
from tests.contract.recordings import FOLDERS, Recording, recording, recordings
from tests.testbed.gridcell import RESOURCES
from tests.testbed.gridrecording import uuid

GRID = GridEngine(resources=RESOURCES)
DOWN = "-qmaster-down"


def reply(name: str) -> Reply:
    return recording("gridengine", name).reply


def cases(*prefixes: str) -> list[Recording]:
    return [one for one in recordings("gridengine", *prefixes) if not one.name.endswith(DOWN)]


@pytest.mark.parametrize("found", cases("qsub-"), ids=str)
def test_submissions(found: Recording) -> None:
    if found.name.startswith("qsub-accepted"):
        assert GRID.read_submit(found.reply) == found.reply.out.strip() != ""
    elif found.name == "qsub-test-accepted":
        assert GRID.read_submit(found.reply) == GRID.read_estimate(found.reply) == ""
    else:
        with pytest.raises(Refused) as caught:
            GRID.read_submit(found.reply)
        assert str(caught.value) == found.reply.err.strip()


@pytest.mark.parametrize("found", cases("qdel-"), ids=str)
def test_cancelling(found: Recording) -> None:
    GRID.read_cancel(found.reply)  # of somebody else's job it says that there is none


def test_noting() -> None:
    GRID.read_note(reply("qalter-noted"))
    for name in ("qalter-unknown", "qalter-not-owner"):
        with pytest.raises(Refused):
            GRID.read_note(reply(name))


@pytest.mark.parametrize("found", recordings("gridengine"), ids=str)
def test_an_absent_qmaster_is_no_answer(found: Recording) -> None:
    if not found.name.endswith(DOWN):
        return
    readers = {
        "qstat": GRID.read_jobs,
        "pending": GRID.read_queue,
        "queues": GRID.read_partitions,
        "projects": GRID.read_memberships,
        "qsub": GRID.read_submit,
        "qdel": GRID.read_cancel,
        "qalter": GRID.read_note,
    }
    with pytest.raises(Unanswered):
        readers[found.name.partition("-")[0]](found.reply)


def test_every_command_was_recorded_without_a_qmaster() -> None:
    names = {one.name for one in recordings("gridengine") if one.name.endswith(DOWN)}
    tools = ("qstat", "pending", "queues", "projects", "qsub", "qsub-test", "qdel", "qalter")
    assert names == {f"{tool}{DOWN}" for tool in tools}


def test_jobs_in_every_state() -> None:
    jobs = GRID.read_jobs(reply("qstat-many")).values()
    seen = {int(job.uuid, 16): job for job in jobs if job.phase is not Phase.ENDED}
    assert {number: (job.state, job.phase) for number, job in seen.items()} == {
        11: ("r", Phase.RUNNING),
        12: ("s", Phase.RUNNING),
        13: ("dr", Phase.ENDING),
        21: ("qw", Phase.PENDING),
        22: ("hqw", Phase.PENDING),
    }
    running, held = seen[11], seen[22]
    assert (running.server, running.port, running.user) == ("preset", 40123, "alice")
    assert (running.host, running.partition) == ("localhost", "shared.q")
    assert running.start < running.end
    assert (held.host, held.start, held.end, held.partition) == ("", "", "", "shared.q")
    assert (held.reason, running.reason) == ("Hold", "")
    assert not any(job.stuck for job in jobs)
    assert {job.state for job in jobs if job.phase is Phase.ENDED} == {"z"}


def test_a_job_that_cannot_start_waits_in_error() -> None:
    jobs = GRID.read_jobs(reply("qstat-error")).values()
    [waiting] = [job for job in jobs if job.phase is Phase.PENDING]
    assert (waiting.uuid, waiting.state, waiting.reason) == (uuid(35), "Eqw", "Error")
    assert waiting.stuck


def test_an_empty_queue_is_an_answer() -> None:
    assert GRID.read_jobs(reply("qstat-empty")) == {}
    phases = {job.phase for job in GRID.read_jobs(reply("qstat-ended")).values()}
    assert phases == {Phase.ENDED}


def test_places_count_everybody() -> None:
    places = GRID.read_queue(reply("pending-many"))
    assert len(places) == reply("pending-many").out.count("<job_list")
    by_queue = {place.partition: place.waiting for place in places.values()}
    assert by_queue.keys() == {"shared.q", "any"}
    for queue, waiting in by_queue.items():
        positions = sorted(one.position for one in places.values() if one.partition == queue)
        assert positions == list(range(1, waiting + 1))


def test_queues() -> None:
    idle = GRID.read_partitions(reply("queues-idle"))
    assert set(idle) == {"shared.q", "gpu.q", "rse.q", "any"}
    shared = idle["shared.q"]
    assert (shared.cores, shared.nodes, shared.idle_nodes, shared.up) == (40, 1, 1, True)
    assert (shared.max_walltime, idle["rse.q"].max_walltime) == (96 * 3600, 12 * 3600)
    assert shared.memory > 0 and not shared.gpus_known and shared.idle_gpus == {"": 4}
    assert (idle["any"].max_walltime, idle["any"].total_cores) == (96 * 3600, 72)
    busy = GRID.read_partitions(reply("queues-busy"))["shared.q"]
    assert (busy.idle_nodes, busy.idle_cores, busy.node_states) == (0, 37, {"mixed": 1})
    closed = GRID.read_partitions(reply("queues-closed"))
    assert {name: one.closed for name, one in closed.items()} == {
        "shared.q": "disabled", "gpu.q": "", "rse.q": "suspended", "any": "",
    }  # fmt: skip


ENDINGS = {
    "completed": ("COMPLETED", "", "0:0"),
    "failed": ("FAILED", "", "3:0"),
    "timeout": ("TIMEOUT", "qmaster enforced h_rt, h_cpu, or h_vmem limit", "0:9"),
    "killed": ("CANCELLED", "assumedly after job", "0:9"),
    "cancelled": ("CANCELLED", "assumedly after job", "0:9"),
    "error": ("FAILED", "changing into working directory", "0:0"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_how_jobs_ended(name: str) -> None:
    [ending] = GRID.read_endings(reply(f"qacct-{name}")).values()
    assert (ending.state, ending.reason, ending.exit_code) == ENDINGS[name]
    assert ending.host == "localhost"
    assert bool(ending.end) == (name != "error")


def test_what_the_accounting_does_not_know() -> None:
    assert GRID.read_endings(reply("qacct-unknown")) == {}
    assert GRID.read_endings(reply("qacct-none-yet")) == {}
    several = GRID.read_endings(reply("qacct-several"))
    assert {"1", "2"} < set(several)
    assert all(isinstance(one, Ending) and one.job_id == key for key, one in several.items())


def test_projects() -> None:
    def names(user: str) -> list[str]:
        found = GRID.read_memberships(reply("projects-people"), user)
        assert all(one == Membership(one.account) for one in found)
        return [one.account for one in found]

    # rse is for bob, for whoever is in a Unix group, and for no member.
    assert names("") == ["gen2reg", "gpu", "rse"]
    assert names("member11") == ["gen2reg", "gpu"]
    assert names("bob") == names("alice") == ["gpu", "rse"]
    assert GRID.read_memberships(reply("projects-none"), "bob") == ()


def test_one_question_about_projects_leads_to_the_next() -> None:
    asked = [recording("gridengine", f"projects-{name}") for name in ("three", "access", "people")]
    for before, after in pairwise(asked):
        command = GRID.more_memberships(before.reply)
        assert command is not None and command.argv == after.argv
    for last in ("projects-people", "projects-none", "projects-qmaster-down"):
        assert GRID.more_memberships(reply(last)) is None
    open_to_all = recording("gridengine", "projects-access").reply.out.split("name ")[2]
    assert GRID.more_memberships(Reply(0, f"name {open_to_all}", "")) is None
    assert GRID.read_memberships(Reply(0, f"name {open_to_all}", ""), "bob") == (Membership("gpu"),)


def test_projects_of_which_not_all_is_known_are_no_answer() -> None:
    with pytest.raises(Unanswered):
        GRID.read_memberships(reply("projects-access"), "bob")


def test_projects_as_the_agent_of_the_release_before_tells_them() -> None:
    found = GRID.read_memberships(reply("projects-three"), "bob")
    assert found == tuple(map(Membership, ("gen2reg", "gpu", "rse")))


def test_the_readme_says_where_each_recording_comes_from() -> None:
    text = (FOLDERS["gridengine"] / "README.md").read_text()
    names = [one.name for one in recordings("gridengine")]
    assert len(names) > 50
    assert not [name for name in names if f"| {name} | " not in text]


def test_the_recordings_are_of_the_commands_we_run_today() -> None:
    """Otherwise record again: python -m tests.testbed.gridrecording."""
    today = {
        "qstat-many": GRID.jobs(),
        "pending-many": GRID.queue(),
        "queues-idle": GRID.partitions(),
        "qdel-unknown": GRID.cancel("99999", uuid(99)),
        "qalter-unknown": GRID.note("", uuid(99), "", 40123),
        "qacct-unknown": GRID.endings(("99999",)),
        "qacct-several": GRID.endings(("1", "2")),
        "projects-three": GRID.memberships("alice"),
    }
    for name, command in today.items():
        assert recording("gridengine", name).argv == command.argv, name
