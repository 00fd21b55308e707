"""The log has what the ledger has: in the same transaction, once, in an order readers may trust."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub_config.cluster import ledger as ledger_module
from hub_config.cluster.happened import Event
from hub_config.cluster.ledger import Entry, Ledger
from hub_config.model.events import ENDED, READY, REQUESTED
from hub_config.model.request import JobRequest
from tests.support import eventlog

ONE, TWO = "1" * 32, "2" * 32
REQUEST = JobRequest(
    profile="small", partition="shared", cores=1, memory=512, walltime=600, application="lab"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite"


@pytest.fixture
def db(file: Path) -> Iterator[Session]:
    """The session of a hub, as JupyterHub makes it."""
    session = orm.new_session_factory(f"sqlite:///{file}", connect_args={"timeout": 0.1})()
    yield session
    session.close()
    session.get_bind().dispose()


@pytest.fixture
def told() -> list[Event]:
    """What listeners were told."""
    return []


@pytest.fixture
def ledger(db: Session, told: list[Event], monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger that tries a database again at once."""
    monkeypatch.setattr(ledger_module, "RETRY", 0.0)
    return Ledger(db, tell=told.append)


def entry(uuid: str = ONE, **changes: Any) -> Entry:
    return Entry(uuid=uuid, user="ann", server="", request=REQUEST.to_json(), **changes)


def names(ledger: Ledger) -> list[str]:
    return [numbered.event.name for numbered in ledger.events.after(0, 100)]


def whole_life(ledger: Ledger, uuid: str = ONE) -> None:
    ledger.intend(entry(uuid))
    ledger.submitted(uuid, "7")
    ledger.listening(uuid, "n1", 40000)
    ledger.ready(uuid, None)
    ledger.want_end(uuid)
    ledger.ended(uuid, state="CANCELLED")


def test_a_life_is_three_events(ledger: Ledger, told: list[Event], file: Path) -> None:
    whole_life(ledger)
    assert names(ledger) == [event.name for event in told] == [REQUESTED, READY, ENDED]
    assert eventlog.check(file)[ONE, ENDED]["data"]["outcome"] == "stopped"


def test_a_server_is_ready_once(ledger: Ledger) -> None:
    ledger.intend(entry())
    ledger.ready(ONE, None)
    first = ledger.open_entry(ONE)
    ledger.ready(ONE, 5.0)
    assert ledger.open_entry(ONE) == first
    assert names(ledger) == [REQUESTED, READY]


def test_a_life_goes_on_under_the_next_hub(ledger: Ledger, db: Session, file: Path) -> None:
    ledger.intend(entry())
    Ledger(db).submitted(ONE, "7")
    Ledger(db).ready(ONE, None)
    Ledger(db).ended(ONE, state="TIMEOUT")
    assert names(ledger) == [REQUESTED, READY, ENDED]
    eventlog.check(file)


def test_what_the_accounting_tells_later_takes_the_place_of_the_end(
    ledger: Ledger, db: Session, told: list[Event], file: Path
) -> None:
    ledger.intend(entry())
    ledger.submitted(ONE, "7")
    ledger.ended(ONE)
    ledger.intend(entry(TWO))
    before = ledger.events.last()
    Ledger(db, tell=told.append).describe(ONE, state="OUT_OF_MEMORY", reason="oom")
    assert names(ledger) == [REQUESTED, REQUESTED, ENDED]
    (again,) = ledger.events.after(before, 10)
    assert again.event.data["outcome"] == "out_of_memory"
    assert [e.data["outcome"] for e in told if e.name == ENDED] == ["lost", "out_of_memory"]
    eventlog.check(file)


def test_what_is_no_event_is_not_told_again(ledger: Ledger, told: list[Event]) -> None:
    whole_life(ledger)
    ledger.describe(ONE, log="its last words")
    assert len(told) == 3


def test_an_intent_that_cannot_be_stored_is_no_event(
    ledger: Ledger, told: list[Event], file: Path
) -> None:
    with locked(file), pytest.raises(SQLAlchemyError):
        ledger.intend(entry())
    assert (names(ledger), told) == ([], [])
    ledger.intend(entry())
    assert names(ledger) == [REQUESTED]


def test_what_happens_while_the_database_is_locked_is_told_once_and_later(
    ledger: Ledger, told: list[Event], file: Path
) -> None:
    ledger.intend(entry())
    with locked(file):
        ledger.ready(ONE, None)
        ledger.ended(ONE, state="COMPLETED")
        assert not ledger.catch_up()
        assert len(told) == 1
    assert ledger.catch_up() and ledger.catch_up()
    assert names(ledger) == [event.name for event in told] == [REQUESTED, READY, ENDED]
    eventlog.check(file)


class locked:
    """While another process writes to the database."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN EXCLUSIVE")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


KILLED = """
import os, signal, sys
from jupyterhub import orm
from hub_config.cluster.ledger import Entry, Ledger
db = orm.new_session_factory("sqlite:///" + sys.argv[1])()
ledger = Ledger(db)
ledger.intend(Entry(uuid="1" * 32, user="ann", server="", request={request}))
ledger.submitted("1" * 32, "7")
db.commit = lambda: os.kill(os.getpid(), signal.SIGKILL)
ledger.ended("1" * 32, state="COMPLETED")
"""


def test_a_hub_that_is_killed_before_the_commit_has_neither_row_nor_event(file: Path) -> None:
    program = KILLED.format(request=REQUEST.to_json())
    killed = subprocess.run([sys.executable, "-c", program, str(file)], env=os.environ, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert set(eventlog.check(file)) == {(ONE, REQUESTED)}
    assert eventlog.select(file, "SELECT ended FROM berth_jobs") == [{"ended": None}]


def test_ids_grow_also_when_the_clock_goes_back(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.intend(entry())
    first = ledger.events.last()
    with monkeypatch.context() as patch:
        patch.setattr("hub_config.cluster.eventlog.time.time", lambda: 1000.0)
        ledger.intend(entry(TWO))
    ledger.intend(entry("3" * 32))
    ids = [numbered.id for numbered in ledger.events.after(0, 10)]
    assert ids[:2] == [first, first + 1] and ids == sorted(set(ids))


def test_ids_go_on_where_those_of_a_lost_database_ended(tmp_path: Path) -> None:
    highest = []
    for name in ("before", "after"):
        session = orm.new_session_factory(f"sqlite:///{tmp_path}/{name}")()
        new = Ledger(session)
        for number in range(1, 20):
            new.intend(entry(f"{number:032x}"))
        highest.append((new.events.after(0, 1)[0].id, new.events.last()))
        session.close()
        session.get_bind().dispose()
    (_, last), (first_after, _) = highest
    assert first_after > last - 20  # nineteen events take no millisecond each, on a fast machine
    assert last > 10**12


def test_readers_go_on_where_they_were(ledger: Ledger) -> None:
    for number in range(7):
        ledger.intend(entry(f"{number:032x}"))
    seen: list[str] = []
    after = 0
    while page := ledger.events.after(after, 3):
        assert len(page) <= 3
        seen += [numbered.event.data["uuid"] for numbered in page]
        after = page[-1].id
    assert seen == [f"{number:032x}" for number in range(7)]
    assert after == ledger.events.last()


def test_old_events_go_and_those_of_living_servers_stay(db: Session) -> None:
    ledger = Ledger(db, keep_events=100.0)
    ledger.intend(entry(ONE, created=1000.0))
    ledger.intend(entry(TWO, created=1000.0))
    ledger.ended(TWO)
    ledger.intend(entry("3" * 32))
    ledger.prune()
    left = [(n.event.data["uuid"][0], n.event.name) for n in ledger.events.after(0, 10)]
    assert left == [("1", REQUESTED), ("2", ENDED), ("3", REQUESTED)]


def test_a_ledger_of_an_earlier_release_gets_the_log(file: Path, db: Session) -> None:
    Ledger(db).intend(entry(job_id="7", port=40000))
    db.execute(sql("DROP TABLE berth_events"))
    for column in ("began", "ready", "gave_up"):
        db.execute(sql(f"ALTER TABLE berth_jobs DROP COLUMN {column}"))
    db.commit()
    ledger = Ledger(db)
    (found,) = ledger.open()
    assert (found.ready, found.began, found.gave_up) == (None, None, "")
    whole_life(ledger, TWO)
    ledger.ended(ONE, state="TIMEOUT")
    told = [(n.event.data["uuid"][0], n.event.name) for n in ledger.events.after(0, 10)]
    assert told == [("2", REQUESTED), ("2", READY), ("2", ENDED), ("1", ENDED)]


def test_an_earlier_release_can_go_on_with_the_table(ledger: Ledger, db: Session) -> None:
    """It replaces rows with what it knows of them; the log still knows the rest."""
    ledger.intend(entry())
    ledger.ready(ONE, None)
    db.execute(sql("UPDATE berth_jobs SET began = NULL, ready = NULL, gave_up = NULL"))
    db.commit()
    again = Ledger(db)
    again.want_end(ONE)
    again.ended(ONE, state="CANCELLED")
    end = again.events.after(0, 10)[-1].event.data
    assert (end["outcome"], end["ready"]) == ("stopped", True)


def test_what_a_start_costs(ledger: Ledger, db: Session) -> None:
    """Besides the ledger's own two statements for each change of a row: three, and one look."""
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = db.get_bind()
    sqlalchemy_event.listen(engine, "before_cursor_execute", count)
    whole_life(ledger)
    sqlalchemy_event.remove(engine, "before_cursor_execute", count)
    about = [s.split()[0] for s in statements if "berth_events" in s]
    assert sorted(about) == ["INSERT", "INSERT", "INSERT", "SELECT"]
    own = [s for s in statements if "berth_jobs" in s]
    assert len(own) == 2 * 6


def test_the_log_is_the_same_table_for_other_programs(ledger: Ledger, file: Path) -> None:
    whole_life(ledger)
    with closing(sqlite3.connect(file)) as other:
        data = other.execute("SELECT data FROM berth_events ORDER BY id").fetchall()
    known = [dict(n.event.data) for n in ledger.events.after(0, 10)]
    assert [json.loads(text) for (text,) in data] == known


def test_a_job_that_is_taken_over_is_followed_from_there(ledger: Ledger) -> None:
    ledger.intend(replace(entry(job_id="7"), request={}))
    ledger.ready(ONE, None)
    assert names(ledger) == []
    ledger.ended(ONE, state="NODE_FAIL")
    assert names(ledger) == [ENDED]
