"""A PostgreSQL that hangs: how long a service waits for it."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine

CONNECT = 3
"""Seconds for a connection."""
STATEMENT = 5000
"""Milliseconds for a statement, and for the server's machine to say that it has got it."""


def engine(url: URL) -> Engine:
    """Return a PostgreSQL of which nobody waits for long."""
    return create_engine(driver(url), pool_pre_ping=True, connect_args=patience(url))


def driver(url: URL) -> URL:
    """Return *url* with psycopg 3, which is what is installed; SQLAlchemy looks for psycopg2."""
    return url.set(drivername="postgresql+psycopg")


def patience(url: URL) -> dict[str, Any]:
    """Return the arguments of connections to *url*; what the URL itself says comes first.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    ours: dict[str, Any] = {"connect_timeout": CONNECT, "tcp_user_timeout": STATEMENT}
    given = url.query.get("options", "")
    theirs = given if isinstance(given, str) else " ".join(given)
    options = f"-c statement_timeout={STATEMENT} {theirs}".strip()  # the last one of a name counts
    kept = {name: value for name, value in ours.items() if name not in url.query}
    return {**kept, "options": options}
