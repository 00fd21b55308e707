"""The live contract kept by a real Grid Engine, and what only a real Grid Engine can show."""

import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_config.agent.identity import account
from hub_config.agent.policy import Policy
from hub_config.agent.verbs import handle
from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Command, Job, Phase, Refused, Reply, Unanswered
from hub_config.schedulers.gridengine import GridEngine
from tests.contract.live import Lab, LiveContract
from tests.testbed.gridcell import RESOURCES
from tests.testbed.gridengine import GridBed

SMALL: dict[str, Any] = {
    "profile": "small",
    "partition": "shared.q",
    "cores": 1,
    "memory": 512,
    "walltime": 600,
    "application": "lab",
}
GRID = GridEngine(resources=RESOURCES)


def run_as(bed: GridBed, user: str, command: Command) -> Reply:
    done = bed.run_as(user, command.argv, input=command.stdin)
    return Reply(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def lab(gridengine: GridBed, unix_users: dict[str, str]) -> Iterator[Lab]:
    """Alice on the real cluster, with a folder of her home as her home."""
    alice = pwd.getpwnam("alice")
    home = Path(alice.pw_dir, "contract 100%")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    shutil.chown(home, "alice", "alice")
    yield Lab(
        scheduler=GRID,
        run=lambda command: run_as(gridengine, "alice", command),
        home=home,
        user="alice",
        request=JobRequest(**SMALL),
        impossible=JobRequest(**{**SMALL, "cores": 4096, "parallel_environment": "smp"}),
        cancelled=("CANCELLED", "COMPLETED"),  # the accounting has the job's own end
    )
    gridengine.cancel_all()
    shutil.rmtree(home)


class TestGridEngine(LiveContract):
    pass


def everything(bed: GridBed) -> dict[str, Job]:
    return GRID.read_jobs(run_as(bed, "carol", GRID.jobs()))


def test_several_cores_are_several_slots_and_share_the_memory(
    lab: Lab, gridengine: GridBed
) -> None:
    wanted = JobRequest(**{**SMALL, "cores": 3, "memory": 1000, "parallel_environment": "smp"})
    job_id = lab.submit(lab.submission("echo slots $NSLOTS; sleep 600", wanted))
    lab.wait(job_id, Phase.RUNNING)
    job = gridengine.job(job_id)
    assert "rmem=334M" in job["hard resource_list"]  # of each slot, and no less than asked for
    assert job["parallel environment"] == "smp range: 3"
    gridengine.wait_for(lambda: "slots 3" in lab.log(job_id), "started")


def test_several_cores_without_a_parallel_environment_are_refused(lab: Lab) -> None:
    wanted = JobRequest(**{**SMALL, "cores": 2})
    with pytest.raises(Refused, match='parallel environment "none-chosen" does not exist'):
        lab.submit(lab.submission("exit 0", wanted))


def test_one_gpu_is_requested(lab: Lab, gridengine: GridBed) -> None:
    wanted = JobRequest(**{**SMALL, "gpus": 1})
    job_id = lab.submit(lab.submission("sleep 600", wanted))
    assert "gpu=1" in gridengine.job(job_id)["hard resource_list"].split(",")
    none = lab.submit(lab.submission("sleep 600"))
    assert "gpu" not in gridengine.job(none)["hard resource_list"]


def test_project_any_queue_and_mail_reach_the_job(lab: Lab, gridengine: GridBed) -> None:
    address = "alice.o_n@example.org"
    wanted = JobRequest(**{**SMALL, "partition": "any", "account": "rse", "mail": address})
    job_id = lab.submit(lab.submission("exit 0", wanted))
    job = gridengine.job(job_id)
    assert (job["project"], job["mail_list"]) == ("rse", address)
    assert "hard_queue_list" not in job
    assert lab.end(job_id).state == "COMPLETED"
    mails = gridengine.root / "mails"
    gridengine.wait_for(
        lambda: any(f"Job {job_id} " in file.read_text() for file in mails.iterdir()), "mailed"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account": "gen2reg"}, 'no access to project "gen2reg" for user "alice"'),
        ({"account": "nosuch"}, 'the requested project "nosuch" does not exist'),
        ({"partition": "nosuch.q"}, 'unknown queue "nosuch.q"'),
        ({"partition": "gpu.q"}, "no suitable queues"),
        ({"walltime": 97 * 3600}, "no suitable queues"),
        ({"qos": "normal"}, 'unknown resource "qos"'),
        ({"gpus": 1, "gpu_type": "k80"}, 'unknown resource "gpu_type"'),
        ({"reservation": "12"}, "the advance reservation id 12 is invalid"),
        ({"constraint": "infiniband"}, 'unknown resource "infiniband"'),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_grid_engine_does_not_have_is_refused(
    lab: Lab, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        lab.submit(lab.submission("exit 0", JobRequest(**{**SMALL, **changes})))


def test_a_suspended_job_keeps_its_server(lab: Lab, gridengine: GridBed) -> None:
    job_id = lab.submit(lab.submission("while :; do date +%s%N; sleep 0.1; done"))
    lab.wait(job_id, Phase.RUNNING)
    gridengine.run_as("alice", ["/usr/bin/qmod", "-sj", job_id])
    gridengine.wait_for(lambda: gridengine.qstat()[job_id] == "s", "suspended")
    assert lab.jobs()[job_id].phase is Phase.RUNNING
    # It is told so first, and stopped 5 s later.
    sizes: list[int] = []
    gridengine.wait_for(lambda: _stands(lab, job_id, sizes), "stopped")
    gridengine.run_as("alice", ["/usr/bin/qmod", "-usj", job_id])
    gridengine.wait_for(lambda: not _stands(lab, job_id, sizes), "going on")
    assert lab.jobs()[job_id].state == "r"


def _stands(lab: Lab, job_id: str, sizes: list[int]) -> bool:
    sizes.append(len(lab.log(job_id)))
    return len(sizes) > 5 and len(set(sizes[-5:])) == 1


def test_a_job_that_cannot_start_says_so_and_why(lab: Lab, gridengine: GridBed) -> None:
    submission = lab.submission("exit 0")
    lab.home.chmod(0)
    try:
        shutil.chown(lab.home, "bob", "bob")
        job_id = lab.submit(submission)
        gridengine.wait_for(lambda: lab.jobs()[job_id].state == "Eqw", "in error")
    finally:
        shutil.chown(lab.home, "alice", "alice")
        lab.home.chmod(0o755)
    job = lab.jobs()[job_id]
    assert (job.phase, job.reason) == (Phase.PENDING, "Error")
    lab.cancel("", submission.uuid)
    told = lab.end(job_id)
    assert (told.state, told.end) == ("FAILED", "")
    assert told.reason == "opening input/output file"


def test_a_job_over_its_time_ends_with_timeout(lab: Lab) -> None:
    wanted = JobRequest(**{**SMALL, "walltime": 60})
    submission = lab.submission("sleep 600", wanted)
    command = GRID.submit(submission)
    argv = tuple("h_rt=3,rmem=512M" if "h_rt=60" in word else word for word in command.argv)
    job_id = GRID.read_submit(lab.run(Command(argv, command.stdin)))
    assert lab.end(job_id).state == "TIMEOUT"


def test_a_users_other_jobs_are_neither_cancelled_nor_renamed(
    lab: Lab, gridengine: GridBed
) -> None:
    argv = ["/usr/bin/qsub", "-terse", "-N", "thesis", "-b", "y", "-o", "/dev/null", "-j", "y"]
    thesis = gridengine.run_as("alice", [*argv, "/bin/sleep", "600"]).stdout.strip()
    submission = lab.submission("exit 0")
    lab.cancel(thesis, submission.uuid)
    renamed = lab.run(GRID.note(thesis, submission.uuid, "gpu-work", 40123))
    with pytest.raises(Refused):
        GRID.read_note(renamed)
    assert gridengine.job(thesis)["job_name"] == "thesis"


def test_somebody_elses_job_of_the_same_name_changes_nothing(lab: Lab, gridengine: GridBed) -> None:
    submission = lab.submission("sleep 600")
    job_id = lab.submit(submission)
    command = GRID.submit(submission)
    argv = [word.replace(str(lab.home), "/home/bob") for word in command.argv]
    done = gridengine.run_as("bob", [*argv, "-h"], input=command.stdin)
    assert done.returncode == 0, done.stderr
    bobs = done.stdout.strip()
    lab.scheduler.read_note(lab.run(GRID.note(job_id, submission.uuid, "gpu-work", 40123)))
    jobs = lab.jobs()
    assert (jobs[bobs].user, jobs[bobs].port) == ("bob", 0)
    assert (jobs[job_id].user, jobs[job_id].port) == ("alice", 40123)
    lab.cancel(job_id, submission.uuid)
    lab.end(job_id)
    assert everything(gridengine)[bobs].phase is not Phase.ENDED


def test_a_job_of_any_name_leaves_the_answer_readable(lab: Lab, gridengine: GridBed) -> None:
    job_id = lab.submit(lab.submission("sleep 600"))
    for name in ("berth-<b>", "berth-&lt;", 'berth-"x', "berth-]]>", "<!DOCTYPE", "ä", "x" * 500):
        gridengine.run_as("bob", ["/usr/bin/qsub", "-h", "-N", name, "-b", "y", "/bin/true"])
    assert set(everything(gridengine)) >= {job_id}
    assert {
        job.user for job in everything(gridengine).values() if job.phase is not Phase.ENDED
    } == {"alice"}


def test_the_job_runs_without_the_users_startup_files(lab: Lab) -> None:
    profile, kept = lab.home.parent / ".profile", lab.home.parent / ".profile.kept"
    profile.rename(kept)
    try:
        profile.write_text(f"touch '{lab.home}/startup-file-was-read'\n")
        job_id = lab.submit(lab.submission("env"))
        lab.end(job_id)
    finally:
        kept.replace(profile)
    assert not (lab.home / "startup-file-was-read").exists()
    assert f"JOB_ID={job_id}\n" in lab.log(job_id)
    assert "XDG_RUNTIME_DIR" not in lab.log(job_id)


@pytest.mark.usefixtures("unix_users")
def test_projects_are_those_that_the_person_may_charge(gridengine: GridBed) -> None:
    policy = Policy(scheduler="gridengine", launcher="/bin/true", environment=gridengine.env)
    caller = account(pwd.getpwnam("berth").pw_uid)
    for user, projects in {"bob": ["gpu", "rse"], "carol": ["gen2reg", "gpu", "rse"]}.items():
        asked = {"verb": "query", "what": "memberships", "user": user}
        found = GRID.read_memberships(Reply(**handle(asked, caller, policy)), user)
        assert [one.account for one in found] == projects


def test_pending_jobs_have_their_place(lab: Lab, gridengine: GridBed) -> None:
    gridengine.queue("shared.q", "disable")
    try:
        first, second = (lab.submit(lab.submission("exit 0")) for _ in range(2))
        places = GRID.read_queue(lab.run(GRID.queue()))
        assert {places[job].waiting for job in (first, second)} == {2}
        assert sorted(places[job].position for job in (first, second)) == [1, 2]
        assert places[first].partition == "shared.q"
        found = GRID.read_partitions(lab.run(GRID.partitions()))
        assert (found["shared.q"].up, found["shared.q"].closed) == (False, "disabled")
        assert found["any"].up
    finally:
        gridengine.queue("shared.q", "enable")
    assert lab.end(first).state == lab.end(second).state == "COMPLETED"


def test_without_a_qmaster_nothing_is_known_and_afterwards_all_is(
    lab: Lab, gridengine: GridBed
) -> None:
    submission = lab.submission("sleep 600")
    job_id = lab.submit(submission)
    lab.wait(job_id, Phase.RUNNING)
    gridengine.control("down")
    try:
        for ask in (
            lab.jobs,
            lambda: lab.cancel(job_id, submission.uuid),
            lambda: lab.submit(lab.submission("")),
            lambda: GRID.read_note(lab.run(GRID.note(job_id, submission.uuid, "", 1))),
        ):
            with pytest.raises(Unanswered):
                ask()
    finally:
        gridengine.control("up")
    assert lab.wait(job_id, Phase.RUNNING)
