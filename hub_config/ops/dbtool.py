"""What is done to the hub's database by the user who owns it: ``dbtool VERB SITE``.

Run with the interpreter of a release, ``python -I -m hub_config.ops.dbtool``, so that each
release brings its own schema. The verbs, what they print and their exit codes are what
releases of different versions agree on; do not change them.

    head      print the schema's revision that this release wants
    state     print as JSON what the database holds: revision, users, running
    dump      print the state as one line, then a consistent copy
    load      put such a copy (without the line) from standard input in the place of what is there
    upgrade   bring the schema to this release's revision

Exit code 3: there is no database yet.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from hub_config.database import database_url
from hub_config.load import load_site
from hub_config.ops import postgres, sqlite
from hub_config.ops.failure import Failed
from hub_config.yaml12 import BadConfig

NONE_YET = 3

_RUNNING = """
SELECT users.name, spawners.name FROM spawners JOIN users ON users.id = spawners.user_id
WHERE spawners.server_id IS NOT NULL ORDER BY 1, 2
"""


def main(argv: list[str]) -> int:
    """Run one verb; what goes wrong is said on standard error."""
    os.umask(0o077)
    try:
        verb, site = argv
        if verb == "head":  # also of a release that refuses the settings of today
            return _head()
        hub = load_site(Path(site)).hub
        return VERBS[verb](make_url(database_url(hub.database, hub.data_dir)))
    except (Failed, BadConfig, SQLAlchemyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _head() -> int:
    from hub_config.ops import schema  # a second of imports that the other verbs do without

    return _say(schema.head())


def _upgrade(url: URL) -> int:
    if _look(url) is None:
        return NONE_YET
    from hub_config.ops import schema

    schema.upgrade(url.render_as_string(hide_password=False))
    return 0


def _state(url: URL) -> int:
    state = _look(url)
    return NONE_YET if state is None else _say(json.dumps(state))


def _dump(url: URL) -> int:
    state = _look(url)
    if state is None:
        return NONE_YET
    _say(json.dumps(state))
    sys.stdout.flush()
    sys.stdout.buffer.write(_kind(url).dump(url))
    return 0


def _load(url: URL) -> int:
    _kind(url).load(url, sys.stdin.buffer.read())
    return 0


VERBS = {"state": _state, "dump": _dump, "load": _load, "upgrade": _upgrade}


def _look(url: URL) -> dict[str, Any] | None:
    """Return what is there; None: no tables. Looking at SQLite does not make a file."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return _seen(connection, set(inspect(connection).get_table_names()))
    finally:
        engine.dispose()


def _seen(connection: Connection, tables: set[str]) -> dict[str, Any] | None:
    if not {"users", "alembic_version"} <= tables:
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    users = connection.execute(text("SELECT count(*) FROM users")).scalar()
    running = [f"{user}/{name}" for user, name in connection.execute(text(_RUNNING))]
    return {"revision": str(revision), "users": users, "running": running}


def _kind(url: URL) -> "sqlite.Kind | postgres.Kind":
    match url.get_backend_name():
        case "sqlite":
            return sqlite.Kind()
        case "postgresql":
            return postgres.Kind()
        case other:
            what = f"a {other} database cannot be copied by Berth"
            raise Failed(f"{what} — write hub.database for sqlite or postgresql")


def _say(words: str) -> int:
    sys.stdout.write(f"{words}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
