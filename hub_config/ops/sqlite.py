"""Copies of an SQLite database, what is in its write-ahead log included."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL

from hub_config.ops.failure import Failed


class Kind:
    """How SQLite is copied and put back; a copy is a database file."""

    def dump(self, url: URL) -> bytes:
        """Return a consistent copy; the hub may write meanwhile."""
        with (
            closing(sqlite3.connect(_path(url), timeout=30)) as live,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            live.backup(copy)
            return copy.serialize()

    def load(self, url: URL, data: bytes) -> None:
        """Put *data* in the place of the database, which nobody may have open."""
        path = _path(url)
        fresh = path.with_name(f"{path.name}.restored")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _check(fresh)
        # What the old one's log still holds must not be read into the new one.
        for beside in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + beside).unlink()
        fresh.replace(path)


def _path(url: URL) -> Path:
    return Path(url.database or "")


def _check(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as database:
            [found] = database.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        path.unlink()
        raise Failed(f"the copy is damaged ({found}) — take another one; nothing was changed")
