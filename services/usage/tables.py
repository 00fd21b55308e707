"""The tables of the statistics.

``usage_servers`` knows each server for as long as the site keeps names. The other tables are sums
of it, kept up to date with every change, by span: the page of any week, month or year reads a few
hundred rows, however many servers there were. ``usage_counts`` and ``usage_waits`` have no names
and stay.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

METADATA = MetaData()

SERVERS = Table(
    "usage_servers",
    METADATA,
    Column("uuid", String(32), primary_key=True),
    Column("user", String(255), nullable=False),
    Column("server", String(255), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("application", String(64), nullable=False),
    Column("partition", String(64), nullable=False),
    Column("cores", Integer, nullable=False),
    Column("memory", Integer, nullable=False),
    Column("walltime", Integer, nullable=False),
    Column("gpus", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("waited", Float),
    Column("queued", Float),
    Column("ended", Float),
    Column("outcome", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("lasted", Float),
    Index("usage_servers_at", "at"),
    Index(
        "usage_servers_open",
        "application",
        sqlite_where=text("ended IS NULL"),
        postgresql_where=text("ended IS NULL"),
    ),
)
"""``at`` (asked for) and ``ended``: seconds since 1970; ``waited``, ``queued``, ``lasted``,
``walltime``: seconds; ``memory``: MiB. ``outcome``: "" until it has ended."""

COUNTS = Table(
    "usage_counts",
    METADATA,
    Column("span", String(10), primary_key=True),
    Column("by", String(16), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("outcome", String(32), primary_key=True),
    Column("starts", Integer, nullable=False),
    Column("ready", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
)
"""How many servers were asked for in a span; how many of them became ready, and failed.

Each server counts once by its application, once by its profile, once by its partition.
"""

WAITS = Table(
    "usage_waits",
    METADATA,
    Column("span", String(10), primary_key=True),
    Column("partition", String(64), primary_key=True),
    Column("tenths", Integer, primary_key=True),
    Column("starts", Integer, nullable=False),
)
"""How many of them were ready after so many tenths of a second (sums.tenths)."""

PEOPLE = Table(
    "usage_people",
    METADATA,
    Column("span", String(10), primary_key=True),
    Column("user", String(255), primary_key=True),
    Column("starts", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
)
"""Who asked for how many of them, and how many of those failed."""

ACTIVE = Table(
    "usage_active",
    METADATA,
    Column("user", String(255), primary_key=True),
    Column("at", Float, nullable=False, index=True),
)
"""When each user last asked for one."""

READ = Table(
    "usage_read",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
)
"""One row: the last of the hub's events that the other tables hold, and when that was all."""
