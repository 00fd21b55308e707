"""To whom a hub without its database says "later", to whom "no"; tests/hub/test_ready.py reports.

The queue and the moment are made up: a real hub takes its jobs over before a test could ask.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from hub_config.callback import _may_be_expected
from hub_config.cluster.ledger import Entry, Ledger
from hub_config.cluster.poller import Snapshot
from hub_config.marks import Marks
from hub_config.schedulers.base import Job, Phase

MARKS = Marks(b"the hub's cookie secret")
UUID = MARKS.mint("ann", "preset")
TOKEN = MARKS.token(UUID)
JOB = Job(job_id="7", uuid=UUID, user="ann", server="preset", phase=Phase.RUNNING, state="RUNNING")
ENTRY = Entry(uuid=UUID, user="ann", server="preset")


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Session(create_engine("sqlite://")))


def seen_by(ledger: Ledger, queue: Mapping[str, Job] | None) -> Any:
    """What the callback asks of the runtime; *queue* None: the scheduler has not answered yet."""
    latest = None if queue is None else Snapshot(1, 0.0, queue)
    return SimpleNamespace(poller=SimpleNamespace(latest=latest), marks=MARKS, ledger=ledger)


def test_before_the_scheduler_has_answered_everybody_may_be_expected(ledger: Ledger) -> None:
    assert _may_be_expected(seen_by(ledger, None), "anything")


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.PENDING])
def test_a_living_job_that_the_ledger_lost_is_expected(ledger: Ledger, phase: Phase) -> None:
    queue = {"7": replace(JOB, phase=phase), "8": replace(JOB, job_id="8", uuid="0" * 32)}
    assert _may_be_expected(seen_by(ledger, queue), TOKEN)


@pytest.mark.parametrize(
    "token",
    [None, "", TOKEN[:-1], TOKEN.upper(), "0" * 64, UUID, "\xe9"],
    ids=["none", "empty", "too short", "upper case", "zeros", "a uuid", "no ascii"],
)
def test_any_other_token_is_refused(ledger: Ledger, token: str | None) -> None:
    assert not _may_be_expected(seen_by(ledger, {"7": JOB}), token)


def test_without_a_token_nobody_is_expected(ledger: Ledger) -> None:
    assert not _may_be_expected(seen_by(ledger, None), None)


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.ENDING])
def test_a_job_that_is_over_is_refused(ledger: Ledger, phase: Phase) -> None:
    assert not _may_be_expected(seen_by(ledger, {"7": replace(JOB, phase=phase)}), TOKEN)


def test_a_job_that_is_not_in_the_queue_is_refused(ledger: Ledger) -> None:
    assert not _may_be_expected(seen_by(ledger, {}), TOKEN)


@pytest.mark.parametrize("ended", [False, True])
def test_a_job_in_the_ledger_had_its_token_taken_away(ledger: Ledger, ended: bool) -> None:
    ledger.intend(ENTRY)
    if ended:
        ledger.ended(UUID)
    assert not _may_be_expected(seen_by(ledger, {"7": JOB}), TOKEN)
