"""What people are told while a job starts, with how far it is, and why it ended."""

from dataclasses import replace

import pytest

from hub_config.cluster.words import QUEUED, REPORTED, cause, ended_early, progress
from hub_config.schedulers.base import Ending, Job, Phase
from hub_config.schedulers.slurmwords import PHASES

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


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ({"state": "OUT_OF_MEMORY"}, "Start again with more memory"),
        ({"state": "TIMEOUT"}, "Its time was over"),
        ({"state": "NODE_FAIL", "host": "c1"}, "Its node (c1) failed"),
        ({"state": "NODE_FAIL"}, "Its node failed"),
        ({"state": "PREEMPTED"}, "job of higher priority"),
        ({"state": "CANCELLED", "by": "root"}, "cancelled by root."),
        ({"state": "CANCELLED"}, "It was cancelled."),
        ({"state": "COMPLETED"}, "It ended by itself."),
        ({"state": "FAILED", "exit_code": "7:0"}, "failed with exit code 7."),
        ({"state": "FAILED", "exit_code": "0:9"}, "ended by signal 9 (SIGKILL)."),
        ({"state": "FAILED", "exit_code": "0:99"}, "ended by signal 99."),
        ({"state": "FAILED", "exit_code": "3"}, "failed with exit code 3."),
        ({"state": "FAILED", "reason": "exit code 7"}, "It failed: exit code 7."),
        ({"state": "FAILED"}, "The scheduler says FAILED."),
        ({"state": ""}, "no longer lists it"),
        ({"state": "NEXT_YEARS", "reason": "Why"}, "The scheduler says NEXT_YEARS (Why)."),
    ],
)
def test_why_a_job_ended(ending: dict[str, str], words: str) -> None:
    assert words in cause(Ending(job_id="7", **ending))


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("OSError: [Errno 122] Disk quota exceeded: 'x'", "a disk is full"),
        ("cp: error writing 'x': No space left on device", "a disk is full"),
        ("slurmstepd: error: Detected 1 oom-kill event(s) in step 7.batch", "memory ran out"),
    ],
)
def test_what_the_log_gives_away_is_added(log: str, words: str) -> None:
    failed = Ending(job_id="7", state="FAILED", exit_code="1:0")
    assert cause(failed, log).startswith("It failed with exit code 1. ")
    assert words in cause(failed, log)
    assert "Its log says" not in cause(failed, "all is well")


@pytest.mark.parametrize("state", sorted(name for name, p in PHASES.items() if p is Phase.ENDED))
def test_every_state_in_which_a_job_ends_has_words_of_its_own(state: str) -> None:
    known = Ending(job_id="7", state=state, exit_code="1:0")
    assert "The scheduler says" not in cause(known)


def test_the_end_of_the_log_follows_the_cause() -> None:
    assert ended_early("7", "It failed.", "last words\n") == (
        "Job 7 ended before the server was ready. It failed. The end of its log:\nlast words\n"
    )
    assert ended_early("7", "It failed.", " \n").endswith("It failed.")
