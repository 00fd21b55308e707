"""What a real Slurm tells besides the state of our jobs, each by the command that Berth runs."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

import pytest

from hub_config.cluster.words import cause
from hub_config.schedulers.base import Command, Ending, Phase, Place, Refused, Reply
from hub_config.schedulers.slurm import Slurm
from tests.testbed.recording.stage import submission
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

SLURM = Slurm()
SLEEP = "#!/bin/bash\nsleep 600\n"
PATIENCE = 60.0
T = TypeVar("T")


class Asked:
    """The cluster as the hub's account sees it, and jobs of alice's on it."""

    def __init__(self, bed: SlurmBed) -> None:
        self.bed = bed

    def run(self, command: Command | None, user: str = "carol") -> Reply:
        assert command is not None
        done = self.bed.run_as(user, command.argv, input=command.stdin)
        return Reply(done.returncode, done.stdout, done.stderr)

    def submit(self, *options: str, script: str = SLEEP) -> str:
        argv = ("/usr/bin/sbatch", "--parsable", "--job-name=berth", "--account=bm0146")
        comment = f"--comment=berth:{uuid4().hex}:work"
        done = self.bed.run_as("alice", [*argv, comment, "--output=/dev/null", *options],
                               input=script)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ending(self, job_id: str) -> Ending:
        """Return how the job ended, once the accounting knows."""

        def found() -> Ending | None:
            return SLURM.read_endings(self.run(SLURM.endings((job_id,)))).get(job_id)

        return until(found)

    def place(self, job_id: str) -> Place | None:
        return SLURM.read_queue(self.run(SLURM.queue())).get(job_id)


def until(found: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + PATIENCE
    while (value := found()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    return value


@pytest.fixture
def asked(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Asked]:
    yield Asked(slurm)
    slurm.cancel_all()


def test_how_jobs_ended_and_by_whom(asked: Asked) -> None:
    failed = asked.submit(script="#!/bin/bash\nexit 7\n")
    mine, roots = asked.submit(), asked.submit()
    for job_id, state in ((failed, "FAILED"), (mine, "RUNNING"), (roots, "RUNNING")):
        asked.bed.wait_state(job_id, state)
    SLURM.read_cancel(asked.run(SLURM.cancel(mine, ""), "alice"))
    asked.bed.wait_state(mine, "CANCELLED")
    asked.bed.cancel_all()
    assert cause(asked.ending(failed)) == "It failed with exit code 7."
    assert cause(asked.ending(mine)) == "It was cancelled by alice."
    assert cause(asked.ending(roots)) == "It was cancelled by root."


def test_a_running_job_has_no_ending_and_one_of_another_name_is_not_told(asked: Asked) -> None:
    other = asked.submit("--job-name=thesis", script="#!/bin/bash\n")
    runs, ended = asked.submit(), asked.submit(script="#!/bin/bash\n")
    asked.bed.wait_state(runs, "RUNNING")
    assert asked.ending(ended).state == "COMPLETED"
    found = SLURM.read_endings(asked.run(SLURM.endings((other, runs, ended))))
    assert set(found) == {ended}


def test_the_place_of_a_waiting_job_counts_the_jobs_of_others_too(asked: Asked) -> None:
    full = [asked.submit("--partition=compute", "--job-name=thesis") for _ in range(2)]
    for job_id in full:
        asked.bed.wait_state(job_id, "RUNNING")
    others = asked.submit("--partition=compute", "--job-name=thesis")
    ours = asked.submit("--partition=compute")
    place = until(lambda: (p := asked.place(ours)) and (p if p.position == 2 else None))
    assert (place.partition, place.waiting) == ("compute", 2)
    first = until(lambda: (p := asked.place(others)) and (p if p.start else None))
    assert first.position == 1
    assert asked.place(full[0]) is None


def test_the_owner_notes_the_port_of_a_waiting_and_of_a_running_job(asked: Asked) -> None:
    for options in ((), ("--begin=now+1hour",)):
        job_id, uuid = asked.submit(*options), uuid4().hex
        SLURM.read_note(asked.run(SLURM.note(job_id, uuid, "work", 65535), "alice"))
        job = SLURM.read_jobs(asked.run(SLURM.jobs()))[job_id]
        assert (job.uuid, job.server, job.port) == (uuid, "work", 65535)
        with pytest.raises(Refused):
            SLURM.read_note(asked.run(SLURM.note(job_id, uuid, "work", 1), "bob"))


def test_gpus_in_use_are_not_idle(asked: Asked) -> None:
    def gpus() -> tuple[int, int]:
        gpu = SLURM.read_partitions(asked.run(SLURM.partitions()))["gpu"]
        return gpu.idle_gpus["a100"], gpu.total_gpus["a100"]

    assert gpus() == (4, 4)
    job_id = asked.submit("--partition=gpu", "--gres=gpu:a100:3")
    asked.bed.wait_state(job_id, "RUNNING")
    assert gpus() == (1, 4)


def test_the_expected_start_is_asked_for_without_queueing_anything(asked: Asked) -> None:
    start = SLURM.read_estimate(asked.run(SLURM.submit(submission("alice"), dry_run=True), "alice"))
    assert start
    jobs = SLURM.read_jobs(asked.run(SLURM.jobs()))
    assert not [job for job in jobs.values() if job.phase in (Phase.PENDING, Phase.RUNNING)]


def test_no_comment_is_as_long_as_the_mark_of_a_row(asked: Asked) -> None:
    ours = asked.submit()
    asked.bed.wait_state(ours, "RUNNING")
    before = SLURM.read_jobs(asked.run(SLURM.jobs()))[ours]
    header, *rows = asked.run(SLURM.jobs()).out.splitlines()
    row = next(row for row in rows if f"|{ours}|" in row).replace("RUNNING", "COMPLETED")
    for comment in (f"\n{row}", row, f"x\n{header}\n{row}", f"berth:{before.uuid}:\nx"):
        argv = ["/usr/bin/sbatch", "--job-name=berth", f"--comment={comment}", "-Amh0010"]
        done = asked.bed.run_as("bob", [*argv, "--hold", "--output=/dev/null"], input=SLEEP)
        assert done.returncode == 0, done.stderr
    jobs = SLURM.read_jobs(asked.run(SLURM.jobs()))
    assert jobs[ours] == before


def test_what_does_not_fit_before_a_maintenance_of_all_nodes_waits_until_it_is_over(
    asked: Asked,
) -> None:
    settings = ("reservationname=repair", "users=root", "nodes=l1", "flags=maint,ignore_jobs",
                "starttime=now+3hours", "duration=60")  # fmt: skip
    must(["/usr/bin/scontrol", "create", "reservation", *settings], env=asked.bed.env)
    try:
        shared = SLURM.read_partitions(asked.run(SLURM.partitions()))["shared"]
        [repair] = SLURM.read_reservations(asked.run(SLURM.reservations()))
        assert repair.maintenance
        assert shared.hosts == repair.nodes == {"l1"}
        starts = [
            SLURM.read_estimate(
                asked.run(
                    SLURM.submit(submission("alice", walltime=n * 3600), dry_run=True), "alice"
                )
            )
            for n in (2, 4)
        ]
    finally:
        must(["/usr/bin/scontrol", "delete", "reservationname=repair"], env=asked.bed.env)
    assert repair.start is not None and repair.end is not None
    soon, late = (datetime.fromisoformat(start).timestamp() for start in starts)
    assert soon < repair.start < repair.end <= late
