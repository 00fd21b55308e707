"""The ledger: what the scheduler was asked for, row by row, until its end is proven.

A row is committed before the scheduler hears of the job, so a hub that is killed at any moment
knows afterwards what it had wanted; a row with ``want_end`` is cancelled until it has ended. The
rows are in the hub's own database and written on the hub's own session: with SQLite a second
connection would wait for the first.

Memory is ahead of the database, never behind it: only a new intent must be stored to count; any
other change that cannot be stored (disk full, database locked) is kept and stored later.
"""

import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from hub_config import said

log = logging.getLogger("berth.ledger")

KEPT = 30 * 86400.0
"""Seconds for which it can be looked up how a job ended."""

DAY = 86400.0
RETRY = 10.0
"""Seconds for which a database that took no change is left alone: a locked one holds up the hub
for as long as SQLite waits, at each try."""

_METADATA = MetaData()
_JOBS = Table(
    "berth_jobs",
    _METADATA,
    Column("uuid", String(32), primary_key=True),
    Column("user", String(255), nullable=False),
    Column("server", String(255), nullable=False),
    Column("job_id", String(64), nullable=False),
    Column("token_hash", String(255), nullable=False),
    Column("request", Text, nullable=False),
    Column("host", String(255), nullable=False),
    Column("port", Integer, nullable=False),
    Column("want_end", Boolean, nullable=False),
    Column("created", Float, nullable=False),
    Column("ended", Float),
    Column("state", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(255), nullable=False),
    Column("message", Text, nullable=False),
    Column("log", Text, nullable=False),
    Column("said", Text),
    Index("berth_jobs_user", "user", "ended"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One job. ``created`` and ``ended`` are seconds since 1970; ended None: it may live.

    ``state``, ``reason`` and ``by`` (who cancelled it) are the scheduler's words, ``message`` is
    ours for the user, which pages say in their language, and ``log`` the end of the job's own
    output.
    """

    uuid: str
    user: str
    server: str
    token_hash: str = ""
    request: dict[str, Any] = field(default_factory=dict)
    job_id: str = ""
    host: str = ""
    port: int = 0
    want_end: bool = False
    created: float = field(default_factory=time.time)
    ended: float | None = None
    state: str = ""
    reason: str = ""
    by: str = ""
    message: str = ""
    log: str = ""

    @property
    def ended_at(self) -> datetime | None:
        """``ended``, for people; in UTC."""
        return datetime.fromtimestamp(self.ended, UTC) if self.ended else None


class Ledger:
    """The rows of one hub. Every change is committed before its call returns, if it can be."""

    def __init__(self, db: Session) -> None:
        self._db = db
        _METADATA.create_all(db.connection())
        _add_said(db)
        db.commit()
        self._unsaved: dict[str, Entry] = {}
        self._not_before, self._pruned = 0.0, float("-inf")
        self._open = {entry.uuid: entry for entry in self._read(_JOBS.c.ended.is_(None))}

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

    def blame(self, uuid: str, message: str) -> None:
        """Note why the start was given up, whose job will now be cancelled."""
        self._change(uuid, message=message)

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
        return known or next(iter(self._read(_JOBS.c.uuid == uuid)), None)

    def recent(self, user: str, seconds: float) -> list[Entry]:
        """Return the jobs of *user* that ended within the last *seconds*, the latest first."""
        theirs = (_JOBS.c.user == user) & (_JOBS.c.ended >= time.time() - seconds)
        return sorted(self._read(theirs), key=lambda entry: entry.ended or 0.0, reverse=True)

    def last_ended(self, user: str, server: str) -> Entry | None:
        """Return the job of a server that ended last, of those the scheduler had taken."""
        theirs = (_JOBS.c.user == user) & (_JOBS.c.server == server) & (_JOBS.c.job_id != "")
        newest = select(func.max(_JOBS.c.ended)).where(theirs).scalar_subquery()
        return next(iter(self._read(theirs & (_JOBS.c.ended == newest))), None)

    def last(self, user: str, server: str) -> Entry | None:
        """Return the latest job of a server, open or closed."""
        theirs = (_JOBS.c.user == user) & (_JOBS.c.server == server)
        newest = select(func.max(_JOBS.c.created)).where(theirs).scalar_subquery()
        rows = self._read(theirs & (_JOBS.c.created == newest))
        found = {entry.uuid: entry for entry in rows} | self._unsaved | self._open
        known = (e for e in found.values() if (e.user, e.server) == (user, server))
        return max(known, key=lambda entry: entry.created, default=None)

    def prune(self, seconds: float = KEPT) -> None:
        """Forget the jobs that ended longer ago than this. Raises SQLAlchemyError."""
        self._execute(delete(_JOBS).where(_JOBS.c.ended < time.time() - seconds))
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
        row = _row(entry)
        self._execute(delete(_JOBS).where(_JOBS.c.uuid == entry.uuid), insert(_JOBS).values(row))

    def _execute(self, *statements: Any) -> None:
        try:
            for statement in statements:
                self._db.execute(statement)
            self._db.commit()
        except SQLAlchemyError:
            self._db.rollback()
            raise

    def _read(self, where: ColumnElement[bool]) -> list[Entry]:
        rows = self._db.execute(select(_JOBS).where(where)).mappings()
        return [_entry(dict(row)) for row in rows]


def _add_said(db: Session) -> None:
    """Add what tables of earlier releases have not; those take no notice of it."""
    known = {column["name"] for column in inspect(db.connection()).get_columns(_JOBS.name)}
    if "said" not in known:
        db.execute(text(f"ALTER TABLE {_JOBS.name} ADD COLUMN said TEXT"))


def _row(entry: Entry) -> dict[str, Any]:
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    message = entry.message
    parts = message.to_json() if isinstance(message, said.Said | said.Together) else None
    return values | {
        "request": json.dumps(entry.request),
        "message": str(message),
        "said": json.dumps(parts) if parts else None,
    }


def _entry(row: dict[str, Any]) -> Entry:
    parts = row.pop("said")
    with suppress(LookupError, TypeError, ValueError):  # of another release: as it was said then
        row["message"] = said.from_json(json.loads(parts)) or row["message"]
    return Entry(**row | {"request": json.loads(row["request"])})
