"""The rows of the waiting page: what is known of a job, in words."""

from dataclasses import replace
from datetime import datetime

import pytest

from hub_config.cluster.told import asked, tell
from hub_config.i18n.catalog import catalog
from hub_config.model.request import JobRequest
from hub_config.said import spoken
from hub_config.schedulers.base import Job, Phase, Place

JOB = Job(
    job_id="7", uuid="0" * 32, user="alice", phase=Phase.PENDING, state="PENDING",
    partition="shared", reason="Priority", start="2026-11-21T12:00:00",
)  # fmt: skip
REQUEST = JobRequest(
    profile="small", partition="shared", cores=1, memory=2560, walltime=5400, application="lab"
)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (102, "102nd"), (111, "111th"), (1003, "1003rd")],
)  # fmt: skip
def test_the_place_in_the_queue(number: int, words: str) -> None:
    told = tell(JOB, Place(number, 2000, "shared"), REQUEST, 0.0)
    assert told.position == f"{words} of 2000 waiting in shared"
    assert spoken(told.position, catalog("de")) == f"Platz {number} von 2000 in shared"


def test_before_the_scheduler_has_the_job() -> None:
    told = tell(None, None, REQUEST, 0.0)
    assert (told.state, told.since) == ("on its way to the scheduler", "1970-01-01T00:00:00+00:00")
    assert (told.job, told.reason, told.position, told.start) == ("", "", "", "")


def test_the_start_that_is_expected_has_its_offset() -> None:
    for start in (JOB.start, ""):
        told = tell(replace(JOB, start=start), Place(1, 1, "shared", JOB.start), None, 0.0)
        assert datetime.fromisoformat(told.start) == datetime(2026, 11, 21, 12).astimezone()
    assert tell(replace(JOB, start="N/A"), None, None, 0.0).start == ""


def test_a_reason_has_its_code_in_brackets_once() -> None:
    assert tell(JOB, None, None, 0.0).reason == "Others are before you in the queue. (Priority)"
    unknown = tell(replace(JOB, reason="NextYears"), None, None, 0.0)
    assert unknown.reason == "The scheduler says: NextYears."


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (Phase.RUNNING, "running (RUNNING, c1)"),
        (Phase.ENDING, "ending (COMPLETING)"),
        (Phase.UNKNOWN, "REVIVED"),
    ],
)
def test_a_job_that_waits_no_more(phase: Phase, words: str) -> None:
    state = words.strip(")").split("(")[-1].partition(",")[0]
    told = tell(replace(JOB, phase=phase, state=state, host="c1"), Place(1, 1), REQUEST, 0.0)
    assert told.state == words
    assert (told.reason, told.position, told.start) == ("", "", "")


def test_what_was_asked_for() -> None:
    assert asked(REQUEST) == "partition shared: 1 core, 2.5 GB memory, 1.5 h"
    assert (
        asked(replace(REQUEST, gpus=2)) == "partition shared: 1 core, 2.5 GB memory, 2 GPUs, 1.5 h"
    )
