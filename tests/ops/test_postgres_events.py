"""The ledger and its event log in a real PostgreSQL, an earlier release's table included."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyterhub import orm
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from hub_config.cluster.ledger import Entry, Ledger
from hub_config.database import database_url
from tests.ops.postgres import PostgreSQL

pytestmark = pytest.mark.hub

ONE, TWO = "1" * 32, "2" * 32


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture
def db(server: PostgreSQL) -> Iterator[Session]:
    """The session of a hub, in an empty database."""
    server.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION berth")
    session = orm.new_session_factory(database_url(server.url, Path("/")))()
    yield session
    session.close()
    session.get_bind().dispose()


def whole_life(ledger: Ledger, uuid: str) -> None:
    ledger.intend(Entry(uuid=uuid, user="ann", server=""))
    ledger.submitted(uuid, "7")
    ledger.ready(uuid, None)
    ledger.ended(uuid)


def names(ledger: Ledger) -> list[tuple[str, str]]:
    found = [numbered.event for numbered in ledger.events.after(0, 100)]
    return [(event.data["uuid"][0], event.name) for event in found]


def test_a_life_is_three_events_and_what_is_told_later_comes_last(db: Session) -> None:
    ledger = Ledger(db)
    whole_life(ledger, ONE)
    whole_life(ledger, TWO)
    Ledger(db).describe(ONE, state="OUT_OF_MEMORY")
    assert names(ledger) == [
        ("1", "server-requested"), ("1", "server-ready"), ("2", "server-requested"),
        ("2", "server-ready"), ("2", "server-ended"), ("1", "server-ended"),
    ]  # fmt: skip
    last = ledger.events.after(0, 100)[-1]
    assert (last.id, last.event.data["outcome"]) == (ledger.events.last(), "out_of_memory")


def test_a_ledger_of_an_earlier_release_gets_the_log(db: Session) -> None:
    Ledger(db)
    db.execute(sql("DROP TABLE berth_events"))
    for column in ("said", "began", "ready", "gave_up"):
        db.execute(sql(f"ALTER TABLE berth_jobs DROP COLUMN {column}"))
    db.commit()
    ledger = Ledger(db)
    whole_life(ledger, ONE)
    assert [name for _, name in names(ledger)][-1] == "server-ended"


def test_old_events_go(db: Session) -> None:
    ledger = Ledger(db, keep_events=-1.0)
    whole_life(ledger, ONE)
    ledger.intend(Entry(uuid=TWO, user="ann", server=""))
    ledger.prune()
    assert names(ledger) == [("2", "server-requested")]
