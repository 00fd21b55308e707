"""The event log: what happened to servers, kept in the hub's database for whoever reads it later.

Its rows are written in the transaction of the ledger's row that says the same (``happened``), so
one is never there without the other. Ids grow in the order in which rows become visible: there is
one writer, the hub, which gives an id and commits it without letting anybody else run, and SQLite
and PostgreSQL show nothing of a transaction before its end. So who has read up to an id has missed
nothing below it. Ids are milliseconds since 1970, or one more than the one before: a database that
was lost or restored from a backup does not give one twice.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Executable,
    Float,
    Index,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Session

from hub_config.cluster.entry import JOBS, METADATA, Entry
from hub_config.cluster.happened import Event, happened
from hub_config.model.events import ENDED

KEPT = 400 * 86400.0
"""Seconds for which events are kept, where the site says nothing else."""

_EVENTS = Table(
    "berth_events",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("uuid", String(32), nullable=False),
    Column("name", String(32), nullable=False),
    Column("at", Float, nullable=False),
    Column("data", Text, nullable=False),
    Index("berth_events_uuid", "uuid", "name", unique=True),
    Index("berth_events_at", "at"),
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event as it is in the log."""

    id: int
    event: Event


class EventLog:
    """The log in *db*, in which the ledger writes. Every call may raise SQLAlchemyError."""

    def __init__(self, db: Session, keep: float = KEPT) -> None:
        self._db, self._keep = db, keep
        self._known: dict[str, Mapping[str, Event]] = {}
        self._last = self.last()

    # --- for the ledger

    def news(self, entry: Entry) -> list[Event]:
        """Return what the row *entry* says and the log does not."""
        known = self._known_of(entry.uuid)
        says = happened(entry, known)
        return [event for name, event in says.items() if _tells_more(event, known.get(name))]

    def statements(self, news: Iterable[Event]) -> list[Executable]:
        """Return what writes *news*. An end that is told again goes to the end of the log."""
        statements: list[Executable] = []
        for event in news:
            uuid = event.data["uuid"]
            if event.name in self._known_of(uuid):
                same = (_EVENTS.c.uuid == uuid) & (_EVENTS.c.name == event.name)
                statements.append(delete(_EVENTS).where(same))
            statements.append(insert(_EVENTS).values(self._row(event)))
        return statements

    def written(self, entry: Entry, news: Iterable[Event]) -> None:
        """Take note that *news* is committed, and after the end of a job of nothing any more."""
        self._known[entry.uuid] = {**self._known_of(entry.uuid), **{e.name: e for e in news}}
        if entry.ended is not None:
            del self._known[entry.uuid]

    def old(self) -> Executable:
        """Return what forgets old events; those of living jobs stay, however old."""
        living = select(JOBS.c.uuid).where(JOBS.c.ended.is_(None))
        before = time.time() - self._keep
        return delete(_EVENTS).where(_EVENTS.c.at < before, _EVENTS.c.uuid.not_in(living))

    # --- for readers

    def after(self, id_: int, limit: int) -> list[Numbered]:
        """Return the first *limit* events after the one of this id."""
        query = select(_EVENTS).where(_EVENTS.c.id > id_).order_by(_EVENTS.c.id).limit(limit)
        return [Numbered(row.id, _event(row)) for row in self._db.execute(query)]

    def last(self) -> int:
        """Return the highest id; 0: there is no event."""
        return int(self._db.execute(select(func.max(_EVENTS.c.id))).scalar() or 0)

    def _known_of(self, uuid: str) -> Mapping[str, Event]:
        if uuid not in self._known:
            rows = self._db.execute(select(_EVENTS).where(_EVENTS.c.uuid == uuid))
            self._known[uuid] = {row.name: _event(row) for row in rows}
        return self._known[uuid]

    def _row(self, event: Event) -> dict[str, Any]:
        self._last = max(self._last + 1, int(time.time() * 1000))
        return {
            "id": self._last,
            "uuid": event.data["uuid"],
            "name": event.name,
            "at": event.at,
            "data": json.dumps(event.data),
        }


def _tells_more(event: Event, known: Event | None) -> bool:
    """Return whether it is new; of an end also whether it is another one than was told before."""
    return known is None or (event.name == ENDED and event.data != known.data)


def _event(row: Row[Any]) -> Event:
    return Event(row.name, row.at, json.loads(row.data))
