"""The servers that the database knows, as spawners, in a number of queries that stays small."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyterhub import orm
from sqlalchemy.orm import Session, selectinload


def load(users: Any, db: Session) -> list[Any]:
    """Return a spawner for each server of the database, its check pending.

    Spawners that do not exist by the end of this are taken for gone: the proxy loses their
    routes (jupyterhub/proxy.py, check_routes) and they their OAuth clients (app.py,
    cleanup_oauth_clients). JupyterHub's own query asks five times per server, since its
    ``populate_existing`` undoes the loading in bulk (app.py, init_spawners).
    """
    started = orm.User._orm_spawners.any(orm.Spawner.server_id.is_not(None))
    query = db.query(orm.User).filter(started).options(selectinload(orm.User._orm_spawners))
    with _uncollected():
        spawners = [
            users[owner].spawners[saved.name]
            for owner in query.all()
            for saved in owner._orm_spawners
            if saved.server is not None
        ]
    for spawner in spawners:
        spawner._check_pending = True
    return spawners


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for garbage neither while so much is made that stays, nor ever after among that.

    It takes a third of the time here, and stops a hub with many servers again and again later.
    """
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def uuid_of(spawner: Any) -> str:
    """Return the name of the job of *spawner*; empty: it has none."""
    child = spawner.child_spawner
    return child.uuid if child is not None else ""


def uuids(users: Any) -> set[str]:
    """Return the names of the jobs of all servers."""
    return {uuid_of(s) for user in users.values() for s in user.spawners.values()} - {""}
