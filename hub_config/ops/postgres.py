"""Copies of a PostgreSQL database that belongs to the hub alone, by PostgreSQL's own programs."""

import shutil

from sqlalchemy import URL

from hub_config.ops.failure import Failed
from hub_config.ops.process import must

HOUR = 3600.0

# A dump's own --clean drops what is in the dump, and a later schema has more than that.
_EMPTY = b"""\
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE 'DROP TABLE ' || name || ' CASCADE';
  END LOOP;
  FOR name IN SELECT quote_ident(typname) FROM pg_type WHERE typtype = 'e'
      AND typnamespace = current_schema()::regnamespace LOOP
    EXECUTE 'DROP TYPE ' || name || ' CASCADE';
  END LOOP;
END $$;
"""


class Kind:
    """How PostgreSQL is copied and put back; a copy is in pg_dump's custom format."""

    def dump(self, url: URL) -> bytes:
        """Return a consistent copy; the hub may write meanwhile."""
        argv = [_program("pg_dump"), "--format=custom", "--no-password", *_where(url)]
        return must(argv, env=_password(url), timeout=HOUR)

    def load(self, url: URL, data: bytes) -> None:
        """Put *data* in the place of all tables: all of it, or nothing."""
        owners = ["--no-owner", "--no-privileges", "--file=-"]
        script = must([_program("pg_restore"), *owners], data=data, timeout=HOUR)
        argv = [
            _program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--single-transaction",
            "--set=ON_ERROR_STOP=1", *_where(url),
        ]  # fmt: skip
        must(argv, data=_EMPTY + script, env=_password(url), timeout=HOUR)


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/usr/local/bin")
    if not found:
        raise Failed(f"{name} is not installed — apt install postgresql-client")
    return found


def _where(url: URL) -> list[str]:
    # Without the password, which would be seen in the list of processes.
    query = url.difference_update_query(["password"]).query
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return ["--dbname", bare.render_as_string()]


def _password(url: URL) -> dict[str, str]:
    given = str(url.password or "") or url.query.get("password", "")
    return {"PGPASSWORD": given} if isinstance(given, str) and given else {}
