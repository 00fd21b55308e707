"""The same operations with a real PostgreSQL behind the hub."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from hub_config.auth.passwords import parse
from hub_config.database import database_url
from hub_config.load import load_site
from hub_config.ops import archive, hubhealth, postgres
from hub_config.ops.backup import backup, restore
from hub_config.ops.database import Database
from hub_config.ops.failure import Failed
from tests.ops.machine import ONE, Machine
from tests.ops.postgres import PASSWORD, PostgreSQL

pytestmark = pytest.mark.hub

TWO = "two-22222222"
SCHEMA = "CREATE TABLE later (id INTEGER);CREATE TYPE colour AS ENUM ('red')"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(scope="module")
def installed(server: PostgreSQL) -> Iterator[Machine]:
    """A machine whose hub has its database in PostgreSQL, with ann in it."""
    machine = Machine()
    try:
        machine.write_site(server.url)
        machine.start_proxy()
        machine.release(ONE)
        machine.switch().activate(ONE)
        machine.log_in("ann").close()
        machine.note()
        yield machine
    finally:
        machine.close()


def users(server: PostgreSQL) -> set[str]:
    return set(server.sql("SELECT name FROM users").split())


def revision(server: PostgreSQL) -> str:
    return server.sql("SELECT version_num FROM alembic_version")


def tables(server: PostgreSQL) -> set[str]:
    return set(server.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").split())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgresql:///berth", "postgresql+psycopg:///berth"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("mysql+pymysql://h/d", "mysql+pymysql://h/d"),
        ("sqlite:////srv/x.sqlite", "sqlite:////srv/x.sqlite"),
        ("", "sqlite:////var/lib/berth/jupyterhub.sqlite"),
    ],
)
def test_what_is_written_in_site_yml_is_enough(written: str, meant: str) -> None:
    assert database_url(written, Path("/var/lib/berth")) == meant


def test_a_hub_runs_on_it(machine: Machine, server: PostgreSQL) -> None:
    report = hubhealth.ask(load_site(machine.layout.site, parse))
    assert (report["status"], report["database"]) == ("ok", {"ok": True})
    assert users(server) == {"ann"}
    assert not list(machine.data.glob("*.sqlite"))


def test_there_and_back_over_another_schema(machine: Machine, server: PostgreSQL) -> None:
    first, before = revision(server), tables(server)
    machine.release(TWO, schema=SCHEMA)
    machine.switch().activate(TWO)
    assert (revision(server), users(server)) == ("ffff00000001", {"ann"})
    assert tables(server) == before | {"later"}
    machine.log_in("ben").close()
    machine.switch().rollback()
    assert (revision(server), users(server), tables(server)) == (first, {"ann"}, before)
    assert server.sql("SELECT count(*) FROM pg_type WHERE typname = 'colour'") == "0"
    machine.switch().activate(TWO)
    assert tables(server) == before | {"later"}, "nothing of the first time is in the way"


def test_a_migration_that_fails_changes_nothing(machine: Machine, server: PostgreSQL) -> None:
    first, before = revision(server), tables(server)
    machine.release(TWO, schema="CREATE TABLE later (id INTEGER);INSERT INTO nowhere VALUES (1)")
    with pytest.raises(Failed, match=f"{ONE} runs again"):
        machine.switch().activate(TWO)
    assert (revision(server), users(server), tables(server)) == (first, {"ann"}, before)


def test_a_backup_comes_back(machine: Machine, server: PostgreSQL) -> None:
    [line] = backup(machine.layout, machine.layout.backups)
    file = Path(line.split()[1].rstrip(":"))
    assert archive.unpack(file).kind == "postgresql"
    machine.log_in("ben").close()
    assert users(server) == {"ann", "ben"}
    restore(machine.layout, machine.units, file, machine.said.append)
    assert users(server) == {"ann"}
    machine.log_in("ann").close()


def database(machine: Machine) -> Database:
    return Database(machine.layout.current / "hub" / "bin" / "python", machine.layout.site)


def test_a_dump_that_is_damaged_leaves_the_database(machine: Machine, server: PostgreSQL) -> None:
    dumped = database(machine).dump()
    assert dumped is not None
    data = dumped[1]
    for broken in (data[: len(data) // 2], b"no dump"):
        with pytest.raises(Failed, match="pg_restore"):
            database(machine).load(broken)
    assert users(server) == {"ann"}


def test_the_password_is_on_no_command_line(
    server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []

    def watching(argv: list[str], **options: Any) -> bytes:
        seen.append(([str(word) for word in argv], options.get("env", {})))
        return b""

    monkeypatch.setattr(postgres, "must", watching)
    url = make_url(database_url(server.url, Path("/")))
    postgres.Kind().dump(url)
    postgres.Kind().load(url, b"")
    assert [Path(argv[0]).name for argv, _ in seen] == ["pg_dump", "pg_restore", "psql"]
    assert not [argv for argv, _ in seen if any(PASSWORD in word for word in argv)]
    assert [env for _, env in seen] == [{"PGPASSWORD": PASSWORD}, {}, {"PGPASSWORD": PASSWORD}]
