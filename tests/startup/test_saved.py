"""The servers of the database are loaded in bulk, whatever their number."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.spawner import SimpleLocalProcessSpawner
from jupyterhub.user import UserDict
from sqlalchemy import event
from sqlalchemy.orm import Session

from hub_config.startup.saved import load


def database(servers: int) -> Session:
    """Return a database in which each second user has a server, and each tenth two."""
    session: Session = orm.new_session_factory("sqlite://")()
    for number in range(2 * servers):
        user = orm.User(name=f"user{number}")
        for name in ("", "second") if number % 10 == 0 else ("",):
            server = orm.Server(base_url="/") if number % 2 == 0 else None
            user._orm_spawners.append(orm.Spawner(name=name, server=server))
        session.add(user)
    session.commit()
    session.expunge_all()
    return session


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are executed in it."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield statements
    event.remove(session.get_bind(), "before_cursor_execute", note)


@pytest.mark.parametrize("servers", [0, 10, 400])
def test_the_number_of_statements_does_not_grow_with_the_servers(servers: int) -> None:
    session = database(servers)
    users = UserDict(lambda: session, {"spawner_class": SimpleLocalProcessSpawner})
    with counted(session) as statements:
        spawners = load(users, session)
    assert len(spawners) == servers + servers // 5
    assert len(users) == servers
    assert len(statements) <= 8, "\n".join(statements)


def test_every_server_is_there_and_being_checked() -> None:
    session = database(10)
    users = UserDict(lambda: session, {"spawner_class": SimpleLocalProcessSpawner})
    spawners = load(users, session)
    assert {spawner.pending for spawner in spawners} == {"check"}
    assert all(users[s.user.name].spawners[s.name] is s for s in spawners)
