"""What the service keeps of the hub's events, and how it takes more of them.

The events of a page, what they change in the sums, and how far they have been read are stored in
one transaction: whenever the service is killed, each event has been counted or will be.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import tzinfo
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, delete, select

from services.usage.database import add, connect, put
from services.usage.server import Event, Server, Uuid, read_event
from services.usage.spans import day_of, read
from services.usage.sums import Sums
from services.usage.tables import ACTIVE, COUNTS, PEOPLE, READ, SERVERS

_ONLY = 1
"""The only row of READ."""

_FORGOTTEN = 1000
"""Servers that are forgotten in one transaction."""

LOST = "lost"
"""How a server ended of which nobody ever said how."""


@dataclass(frozen=True, slots=True)
class Read:
    """Up to which event all is known, and when (seconds since 1970) that was all there was."""

    last: int = 0
    at: float = 0.0


class Store:
    """The database. Its methods block, one that writes also others that write."""

    def __init__(self, url: URL, zone: tzinfo | None = None) -> None:
        self.engine = connect(url)
        self.zone = zone
        self._writing = Lock()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield the database as it is at one moment, whatever is written meanwhile."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":  # SQLite does so by itself
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def read(self) -> Read:
        """Return how far the events have been read."""
        with self.reading() as connection:
            return read_so_far(connection)

    def take(self, raw: Iterable[Mapping[str, Any]], last: int, at: float | None = None) -> None:
        """Keep what these events say, and that all up to *last* are read; *at*: now."""
        events = [event for one in raw if (event := read_event(one))]
        with self._writing, self.engine.begin() as connection:
            self._keep(connection, events)
            now = time.time() if at is None else at
            put(connection, READ, [{"id": _ONLY, "last": last, "at": now}])

    def _keep(self, connection: Connection, events: Sequence[Event]) -> None:
        before = _servers(connection, sorted({event.uuid for event in events}))
        after: dict[Uuid, Server] = {}
        for event in events:
            known = after.get(event.uuid) or before.get(event.uuid)
            if (server := event.applied(known)) is not None:
                after[event.uuid] = server
        changed = {uuid: one for uuid, one in after.items() if one != before.get(uuid)}
        self._change(connection, before, changed)
        put(connection, SERVERS, [server.row() for server in changed.values()])
        latest = {s.user: s.at for s in sorted(changed.values(), key=lambda one: one.at)}
        _see(connection, latest)

    def _change(
        self, connection: Connection, before: Mapping[Uuid, Server], after: Mapping[Uuid, Server]
    ) -> None:
        sums = Sums(self.zone)
        for uuid, server in after.items():
            sums.change(before.get(uuid), server)
        for table, rows in sums.rows().items():
            add(connection, table, rows)

    def forget(self, keep: float, now: float | None = None) -> None:
        """Forget who started what longer than *keep* seconds ago; the counts stay."""
        horizon = (time.time() if now is None else now) - keep
        while self._forget_servers(horizon):
            pass
        first = day_of(horizon, self.zone)
        with self._writing, self.engine.begin() as connection:
            spans = connection.execute(select(PEOPLE.c.span).distinct()).scalars()
            old = [span for span in spans if read(span).first < first]
            connection.execute(delete(PEOPLE).where(PEOPLE.c.span.in_(old)))
            connection.execute(delete(ACTIVE).where(ACTIVE.c.at < horizon))
            connection.execute(delete(COUNTS).where(COUNTS.c.starts == 0))

    def _forget_servers(self, horizon: float) -> bool:
        """Forget some; return whether there may be more. What has no end is lost."""
        with self._writing, self.engine.begin() as connection:
            old = select(SERVERS.c.uuid).where(SERVERS.c.at < horizon).limit(_FORGOTTEN)
            uuids = connection.execute(old).scalars().all()
            known = _servers(connection, uuids)
            open_ = {uuid: one for uuid, one in known.items() if one.ended is None}
            lost = {uuid: replace(one, ended=horizon, outcome=LOST) for uuid, one in open_.items()}
            self._change(connection, open_, lost)
            connection.execute(delete(SERVERS).where(SERVERS.c.uuid.in_(uuids)))
        return len(uuids) == _FORGOTTEN


def read_so_far(connection: Connection) -> Read:
    """Return how far the events have been read."""
    row = connection.execute(select(READ.c.last, READ.c.at)).first()
    return Read(*row) if row else Read()


def _servers(connection: Connection, uuids: Sequence[Uuid]) -> dict[Uuid, Server]:
    rows = connection.execute(select(SERVERS).where(SERVERS.c.uuid.in_(uuids))).mappings()
    return {row["uuid"]: Server(**row) for row in rows}


def _see(connection: Connection, latest: Mapping[str, float]) -> None:
    """Note when users asked for a server, unless it was before what is known."""
    users = select(ACTIVE).where(ACTIVE.c.user.in_(sorted(latest)))
    known = {row["user"]: row["at"] for row in connection.execute(users).mappings()}
    news = [(user, at) for user, at in sorted(latest.items()) if at > known.get(user, 0.0)]
    put(connection, ACTIVE, [{"user": user, "at": at} for user, at in news])
