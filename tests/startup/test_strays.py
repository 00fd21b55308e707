"""Which jobs in the queue are this hub's and nobody's: never one of another hub."""

from collections.abc import Iterable

import pytest
from jupyterhub import orm
from sqlalchemy.orm import Session

from hub_config.cluster.ledger import Entry, Ledger
from hub_config.cluster.poller import Snapshot
from hub_config.marks import Marks
from hub_config.schedulers.base import Job, Phase
from hub_config.startup.strays import Strays

MARKS = Marks(b"this hub")
OTHERS = Marks(b"another hub")


@pytest.fixture
def ledger() -> Ledger:
    """The ledger of an empty database."""
    session: Session = orm.new_session_factory("sqlite://")()
    return Ledger(session)


def job(uuid: str, user: str = "ann", server: str = "", phase: Phase = Phase.RUNNING) -> Job:
    return Job(
        job_id=str(int(uuid[:8], 16)), uuid=uuid, user=user, phase=phase, state="", server=server
    )


def snapshot(*jobs: Job, number: int = 1) -> Snapshot:
    return Snapshot(number, 0.0, {f"{n}": job for n, job in enumerate(jobs)})


def strays(ledger: Ledger, wanted: Iterable[str] = ()) -> Strays:
    return Strays(MARKS, ledger, lambda: set(wanted))


def test_a_job_of_ours_without_a_server_is_a_stray(ledger: Ledger) -> None:
    ours = job(MARKS.mint("ann", ""))
    assert strays(ledger).among(snapshot(ours)) == [ours]


@pytest.mark.parametrize("phase", [Phase.ENDING, Phase.ENDED, Phase.UNKNOWN])
def test_a_job_that_ends_is_none(ledger: Ledger, phase: Phase) -> None:
    assert not strays(ledger).among(snapshot(job(MARKS.mint("ann", ""), phase=phase)))


def test_a_job_with_a_server_is_none(ledger: Ledger) -> None:
    uuid = MARKS.mint("ann", "")
    assert not strays(ledger, [uuid]).among(snapshot(job(uuid)))


def test_a_job_with_an_open_row_is_none(ledger: Ledger) -> None:
    uuid = MARKS.mint("ann", "")
    ledger.intend(Entry(uuid=uuid, user="ann", server=""))
    assert not strays(ledger).among(snapshot(job(uuid)))
    ledger.ended(uuid)
    assert strays(ledger).among(snapshot(job(uuid))) == [job(uuid)]


@pytest.mark.parametrize(
    "foreign",
    [
        job(OTHERS.mint("ann", "")),
        job(MARKS.mint("ann", ""), user="ben"),
        job(MARKS.mint("ann", ""), server="second"),
        job("0" * 32),
    ],
    ids=["another-hub", "another-user", "another-server", "no-hub"],
)
def test_a_job_whose_name_proves_nothing_is_none(ledger: Ledger, foreign: Job) -> None:
    found = strays(ledger)
    for number in range(1, 4):
        assert not found.among(snapshot(foreign, number=number))
        assert not found.proven(snapshot(foreign, number=number))


def test_a_copy_by_somebody_else_hides_nothing(ledger: Ledger) -> None:
    uuid = MARKS.mint("ann", "")
    copy, ours = job(uuid, user="ben"), job(uuid)
    for both in (snapshot(copy, ours), snapshot(ours, copy)):
        assert strays(ledger).among(both) == [ours]


def test_it_takes_two_snapshots_in_a_row_to_prove_a_stray(ledger: Ledger) -> None:
    found, ours = strays(ledger), job(MARKS.mint("ann", ""))
    assert not found.proven(snapshot(ours, number=1))
    assert not found.proven(snapshot(ours, number=1)), "the same snapshot proves nothing more"
    assert not found.proven(snapshot(number=2))
    assert not found.proven(snapshot(ours, number=3))
    assert found.proven(snapshot(ours, number=4)) == [ours]
