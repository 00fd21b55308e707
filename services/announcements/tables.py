"""The tables of the service, in SQLite or PostgreSQL, and how an older one becomes today's."""

from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Connection,
    DefaultClause,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    text,
)

from services.common import postgres

_METADATA = MetaData()
ENTRIES = Table(
    "berth_announcements",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    # Each column that came later has a `server_default` or may be empty: older rows lack it.
    Column("draft", Boolean, nullable=False, server_default=text("false")),
    Column("body", Text, nullable=False),
    Column("author", String(255), nullable=False),
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("withdrawn", Float),
)
HISTORY = Table(
    "berth_announcements_history",
    _METADATA,
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("who", String(255), nullable=False),
    Column("what", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("body", Text, nullable=False),
)


def open_database(url: URL) -> Engine:
    """Return the database at *url* with all tables in it. Raises SQLAlchemyError."""
    engine = _engine(url)
    with engine.begin() as db:
        _METADATA.create_all(db)
        _add_columns(db)
    return engine


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return postgres.engine(url)
    engine = create_engine(url)
    event.listen(engine, "connect", _write_ahead)
    return engine


def _write_ahead(connection: Any, _: Any) -> None:
    # Readers and the writer do not wait for each other: https://sqlite.org/wal.html
    connection.execute("PRAGMA journal_mode=WAL")


def _add_columns(db: Connection) -> None:
    """Bring tables of an earlier release up to this one."""
    for table in _METADATA.sorted_tables:
        there = {column["name"] for column in inspect(db).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                kind, default = column.type.compile(db.dialect), column.server_default
                more = ""
                if isinstance(default, DefaultClause):
                    more = f" NOT NULL DEFAULT {default.arg}"
                db.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}{more}"))
