"""What the waiting page says at each stage, and how far a start is then."""

from dataclasses import replace

from hub_config.cluster.words import QUEUED, REPORTED, progress
from hub_config.schedulers.base import Job, Phase

JOB = Job(
    job_id="7", uuid="0" * 32, user="alice", phase=Phase.RUNNING, state="RUNNING", host="c1",
    partition="shared",
)  # fmt: skip


def test_a_job_in_the_queue() -> None:
    pending = replace(JOB, phase=Phase.PENDING, reason="Resources", start="2026-11-21T12:00:00")
    wanted = "Job 7 is waiting in partition shared: Resources, expected start 2026-11-21 12:00:00"
    assert progress(pending) == (wanted, QUEUED)


def test_stages_of_a_job_that_runs() -> None:
    (before, first), (after, second) = progress(JOB), progress(JOB, reported=True)
    assert before == "Cluster job running ... waiting to connect"
    assert after == "Server started on c1 ... waiting for its first answer"
    assert QUEUED < first < REPORTED <= second


def test_before_the_scheduler_knows_of_it() -> None:
    assert progress(None)[1] < QUEUED
