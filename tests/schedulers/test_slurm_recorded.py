"""What Slurm told beside the job table, and what it means: endings, places, reservations, notes."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from hub_config.schedulers.base import Ending, Phase, Place, Refused, Reply, Unanswered
from hub_config.schedulers.slurm import Slurm
from tests.contract.recordings import recording
from tests.schedulers.requests import UUID

SLURM = Slurm("/opt/slurm/bin")


def endings() -> Mapping[str, Ending]:
    return SLURM.read_endings(recording("slurm", "sacct-endings").reply)


def test_every_way_to_end() -> None:
    found = endings()
    assert {job_id: (one.state, one.exit_code, one.by) for job_id, one in found.items()} == {
        "1": ("COMPLETED", "0:0", ""),
        "2": ("FAILED", "7:0", ""),
        "3": ("FAILED", "0:9", ""),
        "4": ("OUT_OF_MEMORY", "0:125", ""),
        "5": ("OUT_OF_MEMORY", "0:125", ""),
        "6": ("TIMEOUT", "0:0", ""),
        "7": ("CANCELLED", "0:0", "alice"),
        "8": ("CANCELLED", "0:0", "root"),
        "9": ("CANCELLED", "0:0", "uid 20003"),
        "10": ("NODE_FAIL", "0:0", ""),
        "11": ("PREEMPTED", "0:0", ""),
        "12": ("CANCELLED", "0:0", "root"),
    }
    assert {one.host for one in found.values()} == {"rec1", "rec2"}
    assert all(datetime.fromisoformat(one.end) for one in found.values())


def test_a_job_that_runs_or_never_was_has_no_ending() -> None:
    assert "13" in recording("slurm", "sacct-endings").reply.out
    assert "13" not in endings()
    assert SLURM.read_endings(recording("slurm", "sacct-unknown").reply) == {}


HEADER = "JobIDRaw|User|UID|State|ExitCode|NodeList|End"


def test_a_failed_job_of_which_a_step_was_out_of_memory_was_out_of_memory() -> None:
    rows = "7|alice|1|{}|1:0|c1|2026-11-21T15:56:26\n7.0|||OUT_OF_MEMORY|0:125|c1|Unknown\n"
    for state, told in (("FAILED", "OUT_OF_MEMORY"), ("TIMEOUT", "TIMEOUT")):
        reply = Reply(0, f"{HEADER}\n{rows.format(state)}8|alice|1|FAILED|1:0|c1|Unknown\n", "")
        found = SLURM.read_endings(reply)
        assert (found["7"].state, found["8"].state) == (told, "FAILED")


@pytest.mark.parametrize(
    "row", ["7|alice|1|FAILED|1:0|c1", "x", "", "7|a|1|failed|1:0|c1|", HEADER]
)
def test_what_is_no_row_of_the_accounting_tells_nothing(row: str) -> None:
    with pytest.raises(Unanswered):
        SLURM.read_endings(Reply(0, f"{HEADER}\n{row}\n", ""))


def test_only_jobs_of_our_name_are_asked_for() -> None:
    assert SLURM.endings(("7", "12")).argv == (
        "/opt/slurm/bin/sacct",
        "--parsable2",
        "--allusers",
        "--name=berth",
        "--jobs=7,12",
        "--format=JobIDRaw,User,UID,State,ExitCode,NodeList,End",
    )


def test_places_are_counted_in_each_partition() -> None:
    found = SLURM.read_queue(recording("slurm", "queue-waiting").reply)
    by_partition: dict[str, list[int]] = {}
    for place in found.values():
        by_partition.setdefault(place.partition, []).append(place.position)
        assert place.waiting >= place.position
    assert by_partition == {
        "compute": [1, 2],
        "gpu": [1],
        "prepost": [1],
        "shared": [1, 2, 3, 4, 5],
    }
    jobs = SLURM.read_jobs(recording("slurm", "squeue-waiting-and-running").reply)
    ours = {job.job_id: job for job in jobs.values() if job.phase is Phase.PENDING}
    assert set(found) == set(ours)
    next_one = next(job for job in ours.values() if job.reason == "Resources")
    after = next(job for job in ours.values() if job.reason == "Priority")
    assert found[next_one.job_id].position == 1 and found[next_one.job_id].start == next_one.start
    assert found[after.job_id] == Place(2, 2, "compute")
    assert SLURM.read_queue(recording("slurm", "queue-empty").reply) == {}


def test_of_a_job_for_two_partitions_the_better_place_counts() -> None:
    rows = ["JOBID|PARTITION|START_TIME", "5|a|N/A", "6|a|N/A", "7|a|N/A", "8|b|N/A", "7|b|N/A"]
    found = SLURM.read_queue(Reply(0, "\n".join(rows) + "\n", ""))
    assert found["7"] == Place(2, 2, "b")
    assert found["6"] == Place(2, 3, "a")


def test_reservations_of_every_kind() -> None:
    repair, course, others = SLURM.read_reservations(recording("slurm", "reservations-kinds").reply)
    assert repair.name == "repair" and repair.nodes == {"c1", "c2", "g1"}
    assert repair.maintenance and repair.users == {"root"}
    assert repair.start and repair.end and repair.end - repair.start == 7200
    assert (course.partition, course.maintenance) == ("compute", False)
    assert course.accounts == {"bm0146", "mh0010"} and not course.users
    assert course.start == datetime(2031, 1, 2, 3, 4, 5).timestamp()
    assert others.nodes == {"l1"} and not others.users


@pytest.mark.parametrize(
    ("nodes", "names"),
    [
        ("(null)", set()),
        ("c1", {"c1"}),
        ("c[1-3]", {"c1", "c2", "c3"}),
        ("n[008-010,2],g1", {"n008", "n009", "n010", "n2", "g1"}),
        ("r[1-2]n[1-2]", {"r1n1", "r1n2", "r2n1", "r2n2"}),
        ("a-b[1]-ib", {"a-b1-ib"}),
    ],
)
def test_lists_of_nodes(nodes: str, names: set[str]) -> None:
    assert reserved(nodes) == names


@pytest.mark.parametrize("nodes", ["c[1-99999999]", "c[1-1000]n[1-1000]", "c[1-]x[-1]", "c[-]"])
def test_a_list_of_nodes_without_end_or_sense_tells_nothing(nodes: str) -> None:
    with pytest.raises(Unanswered):
        reserved(nodes)


def reserved(nodes: str) -> frozenset[str]:
    row = f"ReservationName=x StartTime=N/A EndTime=soon Nodes={nodes} State=ACTIVE\n"
    (one,) = SLURM.read_reservations(Reply(0, row, ""))
    assert one.start is None and one.end is None
    return one.nodes


def test_the_expected_start_of_a_dry_run() -> None:
    start = SLURM.read_estimate(recording("slurm", "sbatch-test-accepted").reply)
    assert datetime.fromisoformat(start).year >= 2026
    with pytest.raises(Refused):
        SLURM.read_estimate(recording("slurm", "sbatch-test-bad-account").reply)
    with pytest.raises(Unanswered):
        SLURM.read_estimate(recording("slurm", "sbatch-test-controller-down").reply)


def test_a_note_is_the_comment_and_nothing_else() -> None:
    assert SLURM.note("7", UUID, "gpu-work", 40123).argv == (
        "/opt/slurm/bin/scontrol",
        "update",
        "JobId=7",
        f"Comment=berth:{UUID}:gpu-work:40123",
    )
    jobs = SLURM.read_jobs(recording("slurm", "squeue-noted").reply)
    noted = [job for job in jobs.values() if job.port]
    assert [(job.server, job.port, job.phase) for job in noted] == [
        ("gpu-work", 40123, Phase.RUNNING)
    ]


def test_noting() -> None:
    SLURM.read_note(recording("slurm", "note-running").reply)
    for name in ("note-not-owner", "note-ended", "note-unknown"):
        with pytest.raises(Refused):
            SLURM.read_note(recording("slurm", name).reply)


@pytest.mark.parametrize("reply", [Reply(1, "", ""), Reply(0, "", "slurm_update error: timed out")])
def test_a_note_that_nobody_confirmed_is_not_written(reply: Reply) -> None:
    with pytest.raises(Unanswered):
        SLURM.read_note(reply)


def test_servers_names_are_read_from_real_comments() -> None:
    jobs = SLURM.read_jobs(recording("slurm", "squeue-waiting-and-running").reply)
    servers = {job.server for job in jobs.values()}
    assert servers == {"", "gpu-work", "a-name-as-long-as-they-may-be"}


def test_only_what_never_starts_by_itself_is_stuck() -> None:
    waiting = SLURM.read_jobs(recording("slurm", "squeue-waiting-and-running").reply).values()
    assert not [job.reason for job in waiting if job.stuck]
    ended = SLURM.read_jobs(recording("slurm", "squeue-endings").reply).values()
    assert {(job.phase, job.reason) for job in ended if job.stuck} == {
        (Phase.PENDING, "job requeued in held state")
    }
