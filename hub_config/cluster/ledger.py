"""The ledger: what the scheduler was asked for, row by row, until its end is proven.

A row is committed before the scheduler hears of the job, so a hub that is killed at any moment
knows afterwards what it had wanted; a row with ``want_end`` is cancelled until it has ended. The
rows are in the hub's own database and written on the hub's own session: with SQLite a second
connection would wait for the first.

What happened to a server is an event of the log (``eventlog``), in the transaction of its row.

Memory is ahead of the database, never behind it: only a new intent must be stored to count; any
other change that cannot be stored (disk full, database locked) is kept and stored later.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from hub_config.cluster.entry import JOBS, create, from_row, to_row
from hub_config.cluster.entry import Entry as Entry
from hub_config.cluster.eventlog import KEPT as EVENTS_KEPT
from hub_config.cluster.eventlog import EventLog
from hub_config.cluster.happened import Event

log = logging.getLogger("berth.ledger")

KEPT = 30 * 86400.0
"""Seconds for which it can be looked up how a job ended."""

DAY = 86400.0
RETRY = 10.0
"""Seconds for which a database that took no change is left alone: a locked one holds up the hub
for as long as SQLite waits, at each try."""


class Ledger:
    """The rows of one hub. Every change is committed before its call returns, if it can be.

    *keep_events*: seconds for which the event log is kept; *tell* is called with each event, once
    that is stored.
    """

    def __init__(
        self,
        db: Session,
        *,
        keep_events: float = EVENTS_KEPT,
        tell: Callable[[Event], None] | None = None,
    ) -> None:
        self._db, self._tell = db, tell
        create(db)
        db.commit()
        self.events = EventLog(db, keep_events)
        self._unsaved: dict[str, Entry] = {}
        self._not_before, self._pruned = 0.0, float("-inf")
        self._open = {entry.uuid: entry for entry in self._read(JOBS.c.ended.is_(None))}

    def intend(self, entry: Entry) -> None:
        """Store what will be submitted. Raises SQLAlchemyError: then it must not be."""
        self._save(entry)
        self._open[entry.uuid] = entry

    def submitted(self, uuid: str, job_id: str) -> None:
        """Note the scheduler's name of the job."""
        self._change(uuid, job_id=job_id)

    def listening(self, uuid: str, host: str, port: int) -> None:
        """Note where the job's server listens."""
        self._change(uuid, host=host, port=port)

    def ready(self, uuid: str, began: float | None) -> None:
        """Note that the server answers now, and when its job began (epoch seconds), if known."""
        known = self._open.get(uuid)
        if known is not None and known.ready is None:
            self._change(uuid, ready=time.time(), began=began)

    def want_end(self, uuid: str) -> None:
        """Put the job into the cancel queue, which it leaves by ending."""
        self._change(uuid, want_end=True)

    def ended(
        self,
        uuid: str,
        *,
        state: str = "",
        reason: str = "",
        by: str = "",
        message: str = "",
        log: str = "",
    ) -> None:
        """Close the row: the job has ended, or never came to be. No message: that of ``blame``."""
        words = {"state": state, "reason": reason, "by": by, "log": log}
        if message:
            words["message"] = message
        self._change(uuid, ended=time.time(), **words)
        self._open.pop(uuid, None)

    def blame(self, uuid: str, message: str, reason: str) -> None:
        """Note why the start was given up, whose job will now be cancelled."""
        self._change(uuid, message=message, gave_up=reason)

    def describe(self, uuid: str, **words: Any) -> None:
        """Change what is said of an end, as ``ended`` does, by what was found out after it."""
        entry = self.find(uuid)
        if entry is not None:
            self._store(replace(entry, **words))

    def open(self) -> list[Entry]:
        """Return the rows of jobs that may live."""
        return list(self._open.values())

    def open_entry(self, uuid: str) -> Entry | None:
        """Return the row of a job that may live."""
        return self._open.get(uuid)

    def find(self, uuid: str) -> Entry | None:
        """Return a row, open or closed."""
        known = self._open.get(uuid) or self._unsaved.get(uuid)
        return known or next(iter(self._read(JOBS.c.uuid == uuid)), None)

    def recent(self, user: str, seconds: float) -> list[Entry]:
        """Return the jobs of *user* that ended within the last *seconds*, the latest first."""
        theirs = (JOBS.c.user == user) & (JOBS.c.ended >= time.time() - seconds)
        return sorted(self._read(theirs), key=lambda entry: entry.ended or 0.0, reverse=True)

    def last_ended(self, user: str, server: str) -> Entry | None:
        """Return the job of a server that ended last, of those the scheduler had taken."""
        theirs = (JOBS.c.user == user) & (JOBS.c.server == server) & (JOBS.c.job_id != "")
        newest = select(func.max(JOBS.c.ended)).where(theirs).scalar_subquery()
        return next(iter(self._read(theirs & (JOBS.c.ended == newest))), None)

    def last(self, user: str, server: str) -> Entry | None:
        """Return the latest job of a server, open or closed."""
        theirs = (JOBS.c.user == user) & (JOBS.c.server == server)
        newest = select(func.max(JOBS.c.created)).where(theirs).scalar_subquery()
        rows = self._read(theirs & (JOBS.c.created == newest))
        found = {entry.uuid: entry for entry in rows} | self._unsaved | self._open
        known = (e for e in found.values() if (e.user, e.server) == (user, server))
        return max(known, key=lambda entry: entry.created, default=None)

    def prune(self, seconds: float = KEPT) -> None:
        """Forget jobs that ended longer ago than this, and old events. Raises SQLAlchemyError."""
        with self._transaction():
            self._db.execute(delete(JOBS).where(JOBS.c.ended < time.time() - seconds))
            self._db.execute(self.events.old())
        self._pruned = time.monotonic()

    def catch_up(self) -> bool:
        """Store what could not be stored before; return whether nothing is left of it.

        With nothing to store, old ends are forgotten once a day.
        """
        now = time.monotonic()
        if not self._unsaved and now - self._pruned > DAY:
            self._pruned = now
            with suppress(SQLAlchemyError):
                self.prune()
        if now >= self._not_before:
            for entry in list(self._unsaved.values()):
                if not self._store(entry):
                    break
        return not self._unsaved

    def _change(self, uuid: str, **changes: Any) -> None:
        known = self._open.get(uuid)
        if known is not None and (changed := replace(known, **changes)) != known:
            self._open[uuid] = changed
            self._store(changed)

    def _store(self, entry: Entry) -> bool:
        self._unsaved[entry.uuid] = entry
        if time.monotonic() < self._not_before:
            return False
        try:
            self._save(entry)
        except SQLAlchemyError as error:
            log.error("The hub's database takes no change, kept in memory: %s", error)
            self._not_before = time.monotonic() + RETRY
            return False
        del self._unsaved[entry.uuid]
        return True

    def _save(self, entry: Entry) -> None:
        with self._transaction():
            self._db.execute(delete(JOBS).where(JOBS.c.uuid == entry.uuid))
            self._db.execute(insert(JOBS).values(to_row(entry)))
            news = self.events.news(entry)
            for statement in self.events.statements(news):
                self._db.execute(statement)
        self.events.written(entry, news)
        if self._tell:
            for event in news:
                self._tell(event)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            yield
            self._db.commit()
        except SQLAlchemyError:
            self._db.rollback()
            raise

    def _read(self, where: ColumnElement[bool]) -> list[Entry]:
        rows = self._db.execute(select(JOBS).where(where)).mappings()
        return [from_row(dict(row)) for row in rows]
