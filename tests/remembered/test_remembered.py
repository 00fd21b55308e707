"""Last answers follow their user, and are never worth more than the start they are kept for."""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyterhub import orm
from sqlalchemy import text
from sqlalchemy.orm import Session

from hub_config.remembered import LONGEST, Remembered
from tests.ops.postgres import PostgreSQL

SMALL = {"profile": "small", "account": "bm0146"}
WIDE = {"profile": "advanced", "partition": "gpu", "cores": "8", "walltime": "1.5h"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.close()


def hub_session(url: str, **options: object) -> Session:
    """Return the session of a hub, as JupyterHub makes it."""
    session: Session = orm.new_session_factory(url, **options)()
    return session


def close(session: Session) -> None:
    session.close()
    session.get_bind().engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hub)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    url = f"sqlite:///{tmp_path}/hub.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").url
    session = hub_session(url)
    yield session
    for user in session.query(orm.User):
        session.delete(user)
    session.commit()
    close(session)


@pytest.fixture
def ann(db: Session) -> orm.User:
    return user(db, "ann")


def user(db: Session, name: str) -> orm.User:
    row = orm.User(name=name)
    db.add(row)
    db.commit()
    return row


def test_each_pane_keeps_its_own_and_the_latest_is_first(db: Session, ann: orm.User) -> None:
    remembered = Remembered(db)
    assert remembered.of(ann.id) == {}
    remembered.keep(ann.id, "preset", SMALL)
    remembered.keep(ann.id, "advanced", WIDE)
    assert list(remembered.of(ann.id).items()) == [("advanced", WIDE), ("preset", SMALL)]
    remembered.keep(ann.id, "preset", {"profile": "other"})
    assert list(remembered.of(ann.id)) == ["preset", "advanced"]
    assert Remembered(db).of(ann.id)["preset"] == {"profile": "other"}, "as after a restart"


def test_everybody_has_their_own(db: Session, ann: orm.User) -> None:
    remembered, ben = Remembered(db), user(db, "ben")
    remembered.keep(ann.id, "preset", SMALL)
    assert remembered.of(ben.id) == {}
    remembered.keep(ben.id, "preset", {"profile": "other"})
    remembered.forget(ben.id, "preset")
    assert (remembered.of(ben.id), remembered.of(ann.id)) == ({}, {"preset": SMALL})


def test_one_pane_is_forgotten_the_other_is_kept(db: Session, ann: orm.User) -> None:
    remembered = Remembered(db)
    remembered.keep(ann.id, "preset", SMALL)
    remembered.keep(ann.id, "advanced", WIDE)
    remembered.forget(ann.id, "preset")
    assert remembered.of(ann.id) == {"advanced": WIDE}
    remembered.forget(ann.id, "preset")


def test_a_renamed_user_keeps_them_a_deleted_one_takes_them_along(
    db: Session, ann: orm.User
) -> None:
    remembered, number = Remembered(db), ann.id
    remembered.keep(number, "preset", SMALL)
    ann.name = "anna"
    db.commit()
    assert remembered.of(number) == {"preset": SMALL}
    db.delete(ann)
    db.commit()
    assert remembered.of(number) == {}
    again = orm.User(id=number, name="carl")  # a number that SQLite gives again
    db.add(again)
    db.commit()
    assert remembered.of(number) == {}


def test_a_hub_of_before_deletes_users_too(db: Session, ann: orm.User) -> None:
    """After a rollback nobody knows the table; the database itself looks after it."""
    remembered, number = Remembered(db), ann.id
    remembered.keep(number, "preset", SMALL)
    old = hub_session(db.get_bind().engine.url.render_as_string(hide_password=False))
    old.delete(old.get(orm.User, number))
    old.commit()
    close(old)
    db.expire_all()
    assert remembered.of(number) == {}


def test_what_is_too_long_is_not_kept(db: Session, ann: orm.User) -> None:
    remembered = Remembered(db)
    remembered.keep(ann.id, "preset", SMALL)
    remembered.keep(ann.id, "preset", {"profile": "x" * LONGEST})
    assert remembered.of(ann.id) == {"preset": SMALL}


@pytest.mark.parametrize("stored", ["", "null", "[1]", "{", '"x"', '{"cores": 4, "x": null}'])
def test_a_row_that_somebody_broke_is_no_answer(db: Session, ann: orm.User, stored: str) -> None:
    remembered = Remembered(db)
    remembered.keep(ann.id, "preset", SMALL)
    table = "UPDATE berth_remembered SET answers = :text"
    db.execute(text(table), {"text": stored})
    db.commit()
    assert remembered.of(ann.id) == {"preset": {}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite"


@pytest.fixture
def impatient(file: Path) -> Iterator[Session]:
    """The session of a hub that does not wait long for a locked database."""
    session = hub_session(f"sqlite:///{file}", connect_args={"timeout": 0.1})
    yield session
    close(session)


def test_a_database_that_takes_nothing_costs_the_memory_alone(
    impatient: Session, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remembered, ann = Remembered(impatient), user(impatient, "ann")
    number = ann.id
    remembered.keep(number, "preset", SMALL)
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.WARNING, "berth.remembered"):
        remembered.keep(number, "preset", WIDE)
        remembered.forget(number, "preset")
        assert remembered.of(number) == {}
        Remembered(impatient)
    other.rollback()
    other.close()
    assert "locked" in caplog.text
    assert remembered.of(number) == {"preset": SMALL}
    remembered.keep(number, "preset", WIDE)
    assert remembered.of(number) == {"preset": WIDE}


def test_a_table_that_is_gone_costs_the_memory_alone(
    impatient: Session, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    remembered, ann = Remembered(impatient), user(impatient, "ann")
    with sqlite3.connect(file) as other:
        other.execute("DROP TABLE berth_remembered")
    other.close()
    remembered.keep(ann.id, "preset", SMALL)
    assert remembered.of(ann.id) == {}
    assert "no such table" in caplog.text
    assert Remembered(impatient).of(ann.id) == {}
