"""The service's database: SQLite that is read while it is written, or PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite

from services.common import postgres
from services.usage.tables import METADATA

PATIENCE = 30
"""Seconds to wait for somebody else who writes."""


def connect(url: URL) -> Engine:
    """Return the database, with its tables. Raises SQLAlchemyError."""
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else postgres.engine(url)
    METADATA.create_all(engine)
    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    """Let SQLAlchemy begin transactions, which Python's sqlite3 does too late for what is read.

    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#enabling-non-legacy-sqlite-transactional-modes-with-the-sqlite3-or-aiosqlite-driver
    """
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Store *rows*, in the place of those with the same key."""
    _upsert(connection, table, rows, added=False)


def add(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Store *rows*; where there is one with the same key, add the numbers of both."""
    _upsert(connection, table, rows, added=True)


def _upsert(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], added: bool
) -> None:
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Any = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    news = {
        column.name: column + statement.excluded[column.name]
        if added
        else statement.excluded[column.name]
        for column in table.columns
        if column.name not in keys
    }
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=news), list(rows))
