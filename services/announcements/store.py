"""What was written in the page and by the API: every version of it, in a database.

Nothing is ever deleted: what somebody takes back stays in the history.
"""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, RowMapping, Select, insert, select, update

from services.announcements.entry import Body, Entry, Kind, dumped, loaded
from services.announcements.tables import ENTRIES, HISTORY, open_database

log = logging.getLogger("berth.announcements")


class Unknown(Exception):
    """There is no such entry."""


class Changed(Exception):
    """Somebody else was faster: ``entry`` is what it is by now."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        super().__init__(f"{entry.id} is at revision {entry.revision}")


@dataclass(frozen=True, slots=True)
class Version:
    """What one person did: ``what`` is created, changed, published or withdrawn."""

    revision: int
    at: datetime
    who: str
    what: str
    kind: Kind
    body: Body


class Store:
    """All entries. Every call is one transaction; sqlalchemy.exc.SQLAlchemyError if it fails."""

    def __init__(self, url: URL) -> None:
        self._engine = open_database(url)
        self._told: set[tuple[int, int]] = set()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def entries(self) -> list[Entry]:
        """Return all that this release can read, what was changed last first."""
        return self._read(select(ENTRIES))

    def open(self) -> list[Entry]:
        """Return those that are neither drafts nor withdrawn, what was changed last first."""
        return self._read(select(ENTRIES).where(ENTRIES.c.withdrawn.is_(None), ~ENTRIES.c.draft))

    def _read(self, query: Select[Any]) -> list[Entry]:
        latest = query.order_by(ENTRIES.c.changed.desc(), ENTRIES.c.id.desc())
        with self._engine.connect() as db:
            rows = db.execute(latest).mappings().all()
        return [entry for row in rows if (entry := self._readable(row))]

    def _readable(self, row: RowMapping) -> Entry | None:
        try:
            return _entry(row)
        except Exception as error:  # a later release wrote it, or nobody knows who
            version = (row["id"], row["revision"])
            if version not in self._told:
                log.error("Announcement %s cannot be read by this release: %s", row["id"], error)
            self._told.add(version)
            return None

    def entry(self, id_: str) -> Entry:
        """Return one. Raises Unknown."""
        with self._engine.connect() as db:
            return _one(db, id_)

    def add(self, body: Body, who: str, *, draft: bool = False) -> Entry:
        """Keep something new."""
        now, values = time.time(), _values(body)
        new = {"revision": 1, "draft": draft, "author": who, "created": now, "changed": now}
        with self._engine.begin() as db:
            made = db.execute(insert(ENTRIES).values(**values, **new)).inserted_primary_key
            id_ = made[0] if made else 0
            _note(db, id_, 1, who, "created", values)
            return _one(db, str(id_))

    def change(
        self, id_: str, body: Body, who: str, revision: int, *, draft: bool = False
    ) -> Entry:
        """Let *body* be the next version after *revision*. Raises Unknown, Changed."""
        with self._engine.begin() as db:
            before = _one(db, id_)
            what = "published" if not (before.open or draft) else "changed"
            state = {"draft": draft, "withdrawn": None}
            return _next(db, before, revision, who, what, _values(body), state)

    def withdraw(self, id_: str, who: str, revision: int | None = None) -> Entry:
        """Take it back, whatever its version if none is named. Raises Unknown, Changed."""
        with self._engine.begin() as db:
            before = _one(db, id_)
            if before.withdrawn:
                return before
            after = before.revision if revision is None else revision
            state = {"withdrawn": time.time()}
            return _next(db, before, after, who, "withdrawn", _values(before.body), state)

    def history(self, id_: str) -> list[Version]:
        """Return all its versions, the newest first. Raises Unknown."""
        query = select(HISTORY).where(HISTORY.c.entry == _number(id_))
        with self._engine.connect() as db:
            _one(db, id_)
            rows = db.execute(query.order_by(HISTORY.c.revision.desc())).mappings().all()
        return [_version(row) for row in rows]


def _next(
    db: Connection, before: Entry, revision: int, who: str, what: str,
    values: dict[str, Any], state: dict[str, Any],
) -> Entry:  # fmt: skip
    """Write the version after *revision*, unless there is one already."""
    number, after = _number(before.id), revision + 1
    here = (ENTRIES.c.id == number) & (ENTRIES.c.revision == revision)
    new = {"revision": after, "changed": time.time(), **values, **state}
    if not db.execute(update(ENTRIES).where(here).values(**new)).rowcount:
        raise Changed(_one(db, before.id))
    _note(db, number, after, who, what, values)
    return _one(db, before.id)


def _note(
    db: Connection, number: int, revision: int, who: str, what: str, values: dict[str, Any]
) -> None:
    row = {"entry": number, "revision": revision, "at": time.time(), "who": who, "what": what}
    db.execute(insert(HISTORY).values(**row, **values))


def _one(db: Connection, id_: str) -> Entry:
    found = select(ENTRIES).where(ENTRIES.c.id == _number(id_))
    row = db.execute(found).mappings().one_or_none()
    if row is None:
        raise Unknown(id_)
    return _entry(row)


def _number(id_: str) -> int:
    if not (id_.isascii() and id_.isdecimal() and len(id_) < 10):
        raise Unknown(id_)
    return int(id_)


def _values(body: Body) -> dict[str, Any]:
    return {"kind": Entry("", body).kind, "body": dumped(body)}


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=str(row["id"]),
        body=loaded(row["kind"], row["body"]),
        revision=row["revision"],
        draft=bool(row["draft"]),
        author=row["author"],
        created=_moment(row["created"]),
        changed=_moment(row["changed"]),
        withdrawn=_moment(row["withdrawn"]) if row["withdrawn"] else None,
    )


def _version(row: RowMapping) -> Version:
    body = loaded(row["kind"], row["body"])
    moment = _moment(row["at"])
    return Version(row["revision"], moment, row["who"], row["what"], row["kind"], body)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
