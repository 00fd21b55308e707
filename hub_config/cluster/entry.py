"""One row of the ledger, and how it is written into the hub's database."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field, fields
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
    inspect,
    text,
)
from sqlalchemy.orm import Session

from hub_config import said

METADATA = MetaData()
JOBS = Table(
    "berth_jobs",
    METADATA,
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
    Column("began", Float),
    Column("ready", Float),
    Column("gave_up", String(32)),
    Index("berth_jobs_user", "user", "ended"),
)
_ADDED = ("said", "began", "ready", "gave_up")
"""Columns that tables of earlier releases have not; those write rows without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One job. Times are seconds since 1970; ended None: it may live.

    ``began`` is the start of the job, ``ready`` when its server first answered, both None: not
    (known). ``gave_up`` is the reason of the SpawnRefused that ended the start; empty: none did.
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
    began: float | None = None
    ready: float | None = None
    gave_up: str = ""
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


def create(db: Session) -> None:
    """Make the table, or add to that of an earlier release what it has not."""
    METADATA.create_all(db.connection())
    known = {column["name"] for column in inspect(db.connection()).get_columns(JOBS.name)}
    for name in _ADDED:
        if name not in known:
            kind = JOBS.c[name].type.compile(db.connection().dialect)
            db.execute(text(f"ALTER TABLE {JOBS.name} ADD COLUMN {name} {kind}"))


def to_row(entry: Entry) -> dict[str, Any]:
    """Return the columns of *entry*."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    message = entry.message
    parts = message.to_json() if isinstance(message, said.Said | said.Together) else None
    return values | {
        "request": json.dumps(entry.request),
        "message": str(message),
        "said": json.dumps(parts) if parts else None,
    }


def from_row(row: dict[str, Any]) -> Entry:
    """Return the entry that was written by this release or another one."""
    parts = row.pop("said")
    with suppress(LookupError, TypeError, ValueError):  # of another release: as it was said then
        row["message"] = said.from_json(json.loads(parts)) or row["message"]
    own = {"request": json.loads(row["request"]), "gave_up": row["gave_up"] or ""}
    return Entry(**row | own)
