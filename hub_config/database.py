"""Where the hub's database is, as SQLAlchemy wants it said."""

from pathlib import Path

FILE = "jupyterhub.sqlite"


def database_url(written: str, data_dir: Path) -> str:
    """Return the URL of ``hub.database``; nothing written: SQLite in *data_dir*.

    The hub has psycopg 3, and SQLAlchemy 2 takes a bare ``postgresql:`` for psycopg2:
    https://docs.sqlalchemy.org/en/20/dialects/postgresql.html#module-sqlalchemy.dialects.postgresql.psycopg
    """
    if not written:
        return f"sqlite:///{data_dir / FILE}"
    scheme, colon, rest = written.partition("://")
    return f"postgresql+psycopg://{rest}" if colon and scheme == "postgresql" else written
