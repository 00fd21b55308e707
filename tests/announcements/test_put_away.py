"""What people put away stays away for them, and only for them."""

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub import orm
from sqlalchemy import text
from sqlalchemy.orm import Session

from hub_config.announcements import Announced
from hub_config.announcements.putaway import KEPT, PutAway
from hub_config.model.announcement import Announcement
from hub_config.pages.notices import Notices
from tests.ops.postgres import PostgreSQL

STAYS = Announcement(text="The grid is down.", severity="critical")
GOES = Announcement(text="The disks are slow.", where=("home",))
READ = Announcement(text="The rules.", closing="acknowledge")
CLIMATE = Announcement(text="For climate.", groups=("climate",))


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hub)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """The session of a hub, as JupyterHub makes it."""
    url = f"sqlite:///{tmp_path}/hub.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").url
    session = orm.new_session_factory(url)()
    yield session
    for row in session.query(orm.User):
        session.delete(row)
    session.commit()
    session.close()
    session.get_bind().engine.dispose()


def user(db: Session, name: str, *groups: str) -> Any:
    """Return a user with the attributes of JupyterHub's that are read."""
    row = orm.User(name=name)
    db.add(row)
    db.commit()
    named = [SimpleNamespace(name=group) for group in groups]
    return SimpleNamespace(orm_user=row, groups=named)


def notices(db: Session, *announcements: Announcement) -> Notices:
    return Notices(Announced(announcements), PutAway(db))


def told(board: Notices, person: Any, place: str = "home") -> list[str]:
    return [str(one.said.text) for one in board.current(place, person)]


def name(board: Notices, person: Any, said: Announcement) -> str:
    return next(one.id for one in board.current("home", person) if one.said is said)


def test_it_stays_away_for_this_person_alone(db: Session) -> None:
    ann, ben = user(db, "ann"), user(db, "ben")
    board = notices(db, STAYS, GOES)
    assert board.put_away(name(board, ann, GOES), ann)
    assert told(notices(db, STAYS, GOES), ann) == ["The grid is down."]
    assert told(board, ben) == ["The grid is down.", "The disks are slow."]
    changed = GOES.model_copy(update={"text": "The disks are slower."})
    assert told(notices(db, changed), ann) == ["The disks are slower."]


def test_twice_is_once(db: Session) -> None:
    ann, put_away = user(db, "ann"), PutAway(db)
    for _ in range(2):
        put_away.keep(ann.orm_user.id, "0123456789abcdef")
    assert put_away.of(ann.orm_user.id) == {"0123456789abcdef"}


def test_only_what_is_shown_to_them_and_can_go_is_put_away(db: Session) -> None:
    ann, ben = user(db, "ann", "climate"), user(db, "ben")
    board = notices(db, STAYS, CLIMATE)
    climate = name(board, ann, CLIMATE)
    assert not board.put_away(name(board, ben, STAYS), ben)
    assert not board.put_away(climate, ben)
    assert not board.put_away("0123456789abcdef", ben)
    assert board.put_away(climate, ann)
    assert told(board, ann) == ["The grid is down."]


def test_what_has_to_be_read_is_unread_until_then(db: Session) -> None:
    ann = user(db, "ann")
    board = notices(db, STAYS, GOES, READ)
    assert board.unread(ann)
    board.put_away(name(board, ann, READ), ann)
    assert not board.unread(ann)
    elsewhere = READ.model_copy(update={"where": ("home",)})
    assert not notices(db, elsewhere).unread(ann)


def test_what_is_old_is_forgotten(db: Session) -> None:
    ann, put_away = user(db, "ann"), PutAway(db)
    put_away.keep(ann.orm_user.id, "long ago")
    db.execute(text("UPDATE berth_put_away SET at = at - :kept - 1"), {"kept": KEPT})
    put_away.keep(ann.orm_user.id, "now")
    assert put_away.of(ann.orm_user.id) == {"now"}


def test_it_goes_with_its_user(db: Session) -> None:
    ann, put_away = user(db, "ann"), PutAway(db)
    put_away.keep(ann.orm_user.id, "some")
    db.delete(ann.orm_user)
    db.commit()
    assert db.execute(text("SELECT count(*) FROM berth_put_away")).scalar() == 0


def test_a_database_that_refuses_shows_it_once_more(
    db: Session, caplog: pytest.LogCaptureFixture
) -> None:
    ann = user(db, "ann")
    board = notices(db, GOES)
    notice = name(board, ann, GOES)
    db.execute(text("DROP TABLE berth_put_away"))
    db.commit()
    with caplog.at_level(logging.WARNING, "berth.announcements"):
        assert board.put_away(notice, ann)
        assert told(board, ann) == ["The disks are slow."]
    assert "does not keep what people put away" in caplog.text
    assert "does not tell what people put away" in caplog.text
