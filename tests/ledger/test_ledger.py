"""The ledger keeps every intent, follows it to its end, and outlives a database that is full."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jupyterhub import orm
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub_config.cluster.ledger import Entry, Ledger
from hub_config.i18n.catalog import catalog
from hub_config.said import Text, said, spoken, together

ONE, TWO = "1" * 32, "2" * 32


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
def ledger(db: Session) -> Ledger:
    return Ledger(db)


def entry(uuid: str = ONE, user: str = "ann", server: str = "") -> Entry:
    return Entry(uuid=uuid, user=user, server=server, request={"cores": 2}, token_hash="h")


def stored(file: Path) -> dict[str, tuple[str, float | None]]:
    """Return what another process sees: job id and end by uuid."""
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT uuid, job_id, ended FROM berth_jobs").fetchall()
    connection.close()
    return {uuid: (job_id, ended) for uuid, job_id, ended in rows}


def test_an_intent_is_stored_when_the_call_returns(ledger: Ledger, file: Path) -> None:
    ledger.intend(entry())
    assert stored(file) == {ONE: ("", None)}


def test_a_job_is_followed_to_its_end_and_found_afterwards(ledger: Ledger, db: Session) -> None:
    ledger.intend(entry())
    ledger.submitted(ONE, "7")
    ledger.listening(ONE, "n1", 40000)
    ledger.want_end(ONE)
    (found,) = Ledger(db).open()
    assert (found.job_id, found.host, found.port, found.want_end) == ("7", "n1", 40000, True)
    assert found.request == {"cores": 2}
    ledger.ended(ONE, state="TIMEOUT", message="It took too long.")
    assert ledger.open() == Ledger(db).open() == []
    again = Ledger(db).find(ONE)
    assert again is not None
    assert again.ended is not None
    assert (again.state, again.message, again.job_id) == ("TIMEOUT", "It took too long.", "7")


def test_what_is_found_out_after_the_end_is_added(ledger: Ledger, db: Session) -> None:
    ledger.intend(entry())
    ledger.ended(ONE, state="FAILED")
    ledger.describe(ONE, message="It failed.", log="Killed\n")
    found = Ledger(db).find(ONE)
    assert found is not None
    assert (found.state, found.message, found.log) == ("FAILED", "It failed.", "Killed\n")


def test_an_end_is_final(ledger: Ledger) -> None:
    ledger.intend(entry())
    ledger.ended(ONE, state="COMPLETED")
    ledger.want_end(ONE)
    ledger.ended(ONE, state="FAILED")
    found = ledger.find(ONE)
    assert found is not None
    assert (found.state, found.want_end) == ("COMPLETED", False)


def test_what_ended_lately_is_told_to_its_user_and_to_no_other(ledger: Ledger) -> None:
    for uuid, user in ((ONE, "ann"), (TWO, "ben")):
        ledger.intend(entry(uuid, user))
        ledger.ended(uuid, state="COMPLETED")
    assert [e.uuid for e in ledger.recent("ann", 60)] == [ONE]
    assert ledger.recent("ann", -1) == []


def test_the_last_end_of_a_server_is_of_a_job_that_was_taken(ledger: Ledger) -> None:
    for uuid, job_id in ((ONE, "7"), (TWO, "")):
        ledger.intend(entry(uuid, server="lab"))
        if job_id:
            ledger.submitted(uuid, job_id)
        ledger.ended(uuid, state="REFUSED")
    found = ledger.last_ended("ann", "lab")
    assert found and found.uuid == ONE
    assert ledger.last_ended("ann", "other") is ledger.last_ended("ben", "lab") is None


def test_old_ends_are_forgotten_and_open_rows_are_not(ledger: Ledger) -> None:
    ledger.intend(entry(ONE))
    ledger.ended(ONE)
    ledger.intend(entry(TWO))
    ledger.prune(-1)
    assert ledger.find(ONE) is None
    assert [e.uuid for e in ledger.open()] == [TWO]


def test_old_ends_are_forgotten_once_a_day(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ledger.catch_up()
    ledger.intend(entry(ONE))
    with monkeypatch.context() as long_ago:
        long_ago.setattr("time.time", lambda: 1.0)
        ledger.ended(ONE)
    assert ledger.catch_up()
    assert ledger.find(ONE) is not None
    monkeypatch.setattr("hub_config.cluster.ledger.DAY", 0.0)
    assert ledger.catch_up()
    assert ledger.find(ONE) is None


def test_an_unknown_uuid_is_nobodys(ledger: Ledger) -> None:
    ledger.ended(ONE)
    ledger.describe(ONE, message="", log="")
    assert ledger.find(ONE) is None


def test_an_intent_that_cannot_be_stored_is_none(ledger: Ledger, file: Path) -> None:
    with sqlite3.connect(file) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SQLAlchemyError):
            ledger.intend(entry())
    other.close()
    assert ledger.open() == []
    ledger.intend(entry())
    assert stored(file) == {ONE: ("", None)}


def test_a_change_that_cannot_be_stored_counts_and_is_stored_later(
    ledger: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_config.cluster.ledger.RETRY", 0.0)
    ledger.intend(entry())
    with sqlite3.connect(file) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger.submitted(ONE, "7")
        ledger.ended(ONE, state="COMPLETED")
        assert not ledger.catch_up()
    other.close()
    found = ledger.find(ONE)
    assert found is not None
    assert found.state == "COMPLETED"
    assert stored(file) == {ONE: ("", None)}
    assert ledger.catch_up()
    job_id, ended = stored(file)[ONE]
    assert job_id == "7"
    assert ended is not None


def test_a_locked_database_is_left_alone_for_a_while(
    ledger: Ledger, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each try would hold up the whole hub."""
    uuids = [f"{number:032x}" for number in range(50)]
    for uuid in uuids:
        ledger.intend(entry(uuid))
    with sqlite3.connect(file) as other:
        other.execute("BEGIN IMMEDIATE")
        for uuid in uuids:
            ledger.want_end(uuid)
        assert not ledger.catch_up()
    other.close()
    assert len(caplog.records) == 1
    assert all(one.want_end for one in ledger.open())


# --- texts in more than one language


def text() -> Text:
    return together(said("It was cancelled by {person}.", person="root"), "exactly so")


def test_a_message_can_be_said_in_another_language_after_a_restart(
    ledger: Ledger, db: Session
) -> None:
    ledger.intend(entry())
    ledger.ended(ONE, message=text())
    found = Ledger(db).find(ONE)
    assert found and found.message == "It was cancelled by root. exactly so"
    assert spoken(found.message, catalog("de")) == "Der Job wurde von root abgebrochen. exactly so"


def test_a_database_of_before_messages_had_languages_is_taken_over(file: Path, db: Session) -> None:
    ledger = Ledger(db)
    ledger.intend(entry())
    ledger.ended(ONE, message=text())
    db.execute(sql("ALTER TABLE berth_jobs DROP COLUMN said"))
    db.commit()
    old = Ledger(db)
    (found,) = old.recent("ann", 60.0)
    assert found.message == "It was cancelled by root. exactly so"
    old.intend(entry(TWO))
    assert set(stored(file)) == {ONE, TWO}


def test_a_release_that_knows_no_languages_can_go_on_with_the_table(
    ledger: Ledger, db: Session
) -> None:
    """It writes the columns that it knows, and so empties the one that it does not."""
    ledger.intend(entry())
    ledger.ended(ONE, message=text())
    db.execute(sql("UPDATE berth_jobs SET message = 'By hand.', said = NULL"))
    db.commit()
    found = Ledger(db).find(ONE)
    assert found and found.message == "By hand."


@pytest.mark.parametrize("saved", ["{", "7", '{"message": "{gone}", "plural": "", "values": {}}'])
def test_what_cannot_be_said_is_as_it_was_written(ledger: Ledger, db: Session, saved: str) -> None:
    ledger.intend(entry())
    ledger.ended(ONE, message="It failed.")
    db.execute(sql("UPDATE berth_jobs SET said = :saved"), {"saved": saved})
    db.commit()
    found = Ledger(db).find(ONE)
    assert found and found.message in ("It failed.", "{gone}")


def test_why_a_start_was_given_up_is_kept_when_its_job_ends(ledger: Ledger, db: Session) -> None:
    ledger.intend(entry())
    ledger.blame(ONE, said("The scheduler refused the job."), "submit")
    ledger.want_end(ONE)
    ledger.ended(ONE, state="CANCELLED")
    found = Ledger(db).find(ONE)
    assert found and (found.state, found.message) == ("CANCELLED", "The scheduler refused the job.")


def test_the_latest_job_of_a_server(ledger: Ledger) -> None:
    assert ledger.last("ann", "") is None
    ledger.intend(replace(entry(ONE), created=100.0))
    ledger.ended(ONE, message="It failed.")
    ledger.intend(replace(entry(TWO), created=200.0))
    ledger.intend(replace(entry("3" * 32, server="other"), created=300.0))
    found = ledger.last("ann", "")
    assert found and found.uuid == TWO
