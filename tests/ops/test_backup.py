"""Backups of a machine with a real hub, and the way back from them."""

import io
import json
import os
import shutil
import socket
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import requests

from hub_config.auth.passwords import parse
from hub_config.load import load_site
from hub_config.ops import archive, hubhealth, secrets
from hub_config.ops.backup import backup, restore
from hub_config.ops.failure import Failed
from hub_config.ops.layout import HUB, PROXY
from hub_config.yaml12 import BadConfig
from tests.ops.machine import Machine

pytestmark = pytest.mark.hub


def make(machine: Machine, keep: int = 0) -> Path:
    """Return a new backup."""
    lines = list(backup(machine.layout, machine.layout.backups, keep))
    return Path(lines[0].split()[1].rstrip(":"))


def put_back(machine: Machine, file: Path, patience: float = 60) -> None:
    restore(machine.layout, machine.units, file, machine.said.append, patience=patience)


def users(machine: Machine) -> set[str]:
    with closing(sqlite3.connect(machine.database)) as database:
        return {name for (name,) in database.execute("SELECT name FROM users")}


def status(machine: Machine) -> str:
    report = hubhealth.ask(load_site(machine.layout.site, parse))
    return str(report["status"])


def settings(machine: Machine) -> dict[str, bytes]:
    return archive.collect(machine.layout.etc)[0]


def test_a_backup_is_made_while_the_hub_runs_and_is_for_root_alone(machine: Machine) -> None:
    pid = machine.units.main_pid(HUB)
    file = make(machine)
    assert machine.units.main_pid(HUB) == pid
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    contents = archive.unpack(file)
    assert set(contents.files) >= {
        "site.yml", "direct.toml", "profiles.d/tests.yml", "secrets/proxy-token",
        "secrets/cookie-secret", "secrets/auth-state-key",
    }  # fmt: skip
    assert (contents.release, contents.kind) == ("one-11111111", "sqlite")
    # A database by itself: what the write-ahead log held is in it.
    assert contents.database is not None
    copy = machine.root / "copy.sqlite"
    copy.write_bytes(contents.database)
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT name FROM users").fetchall() == [("ann",)]


def test_everything_comes_back(machine: Machine) -> None:
    file, before = make(machine), settings(machine)
    machine.log_in("ben").close()
    site = machine.layout.site
    site.write_text(site.read_text().replace("named_servers: 3", "named_servers: 1"))
    more = machine.layout.etc / "profiles.d" / "later.yml"
    more.write_text("presets: []\n")
    put_back(machine, file)
    assert settings(machine) == before
    assert not more.exists()
    assert users(machine) == {"ann"}
    assert status(machine) == "ok"
    machine.log_in("ann").close()
    assert PROXY not in machine.units.restarted
    [kept] = machine.layout.backups.glob("before-restore-*.tar.gz")
    put_back(machine, kept)
    assert users(machine) == {"ann", "ben"}, "and back from going back"
    assert more.exists()


def test_modes_and_the_group_come_back(machine: Machine) -> None:
    token, site = machine.layout.secrets / "proxy-token", machine.layout.site
    site.chmod(0o640)
    shutil.chown(site, group="berth" if os.geteuid() == 0 else None, user=os.geteuid())
    agent = machine.layout.etc / "direct.toml"
    groups = (site.group(), agent.group())
    file = make(machine)
    for path in (token, site):
        path.unlink()
        path.write_text("x")
        path.chmod(0o600)
    restore(machine.layout, machine.units, file, machine.said.append, force=True)
    assert (stat.S_IMODE(token.stat().st_mode), stat.S_IMODE(site.stat().st_mode)) == (0o600, 0o640)
    assert (site.group(), agent.group()) == groups
    assert machine.units.main_pid(HUB), "the hub, who is not root, could read its site.yml"


def test_what_cannot_be_kept_is_not_thrown_away_unasked(machine: Machine) -> None:
    file, pid = make(machine), machine.units.main_pid(HUB)
    machine.layout.site.write_text("broken: [")
    with pytest.raises(Failed, match=r"cannot be kept(.|\n)*--force"):
        put_back(machine, file)
    assert machine.units.main_pid(HUB) == pid
    restore(machine.layout, machine.units, file, machine.said.append, force=True)
    assert status(machine) == "ok"


def test_another_proxy_token_restarts_the_proxy(machine: Machine) -> None:
    file = make(machine)
    secrets.rotate(machine.layout.secrets, "proxy-token")
    put_back(machine, file)
    assert PROXY in machine.units.restarted
    assert status(machine) == "ok"


def test_sessions_and_tokens_survive(machine: Machine) -> None:
    ann = machine.log_in("ann")
    token = ann.token()
    file = make(machine)
    put_back(machine, file)
    assert ann.get("/hub/home", allow_redirects=False).status_code == 200, "still logged in"
    headers = {"Authorization": f"token {token}"}
    url = f"{machine.hub.url}/hub/api/user"
    assert requests.get(url, headers=headers, timeout=60).json()["name"] == "ann"
    ann.close()


def test_only_the_newest_are_kept(machine: Machine) -> None:
    machine.layout.backups.mkdir(parents=True, exist_ok=True)
    for day in range(1, 5):
        (machine.layout.backups / f"berth-2026010{day}T000000Z.tar.gz").write_bytes(b"old")
    (machine.layout.backups / "notes.txt").write_text("not ours")
    file = make(machine, keep=2)
    left = sorted(path.name for path in machine.layout.backups.iterdir() if path.is_file())
    assert left == ["berth-20260104T000000Z.tar.gz", file.name, "notes.txt"]


# --- what is refused before anything is touched


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return the archive with its members changed."""
    with tarfile.open(file) as old:
        members = {m.name: old.extractfile(m).read() for m in old}  # type: ignore[union-attr]
    change(members)
    other = file.with_name("changed.tar.gz")
    with tarfile.open(other, "w:gz") as new:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return other


def damage(members: dict[str, bytes]) -> None:
    members["database"] = members["database"][:-1] + b"x"


def lose(members: dict[str, bytes]) -> None:
    del members["etc/secrets/cookie-secret"]


def add(members: dict[str, bytes]) -> None:
    members["etc/more.py"] = b"x"


def escape(members: dict[str, bytes]) -> None:
    members["etc/../../escaped"] = b"x"


def of_the_future(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(manifest | {"format": 99}).encode()


def of_a_later_schema(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(manifest | {"revision": "ffff00000009"}).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (damage, "database was changed or damaged"),
        (lose, "cookie-secret is missing or too much"),
        (add, "more.py is missing or too much"),
        (escape, "is no file of a backup"),
        (of_the_future, "has format 99"),
        (of_a_later_schema, "this one does not know"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_backup_that_is_not_whole_stops_nothing(
    machine: Machine, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    pid, before = machine.units.main_pid(HUB), settings(machine)
    file = rewritten(make(machine), change)
    with pytest.raises(Failed, match=words):
        put_back(machine, file)
    assert machine.units.main_pid(HUB) == pid
    assert settings(machine) == before


@pytest.mark.parametrize("text", [b"", b"not a tar", b"\x1f\x8b\x08"], ids=["empty", "text", "cut"])
def test_a_file_that_is_no_backup(bare: Machine, text: bytes) -> None:
    file = bare.root / "file"
    file.write_bytes(text)
    with pytest.raises(Failed, match="is no whole backup of Berth"):
        put_back(bare, file)


def test_a_site_that_is_broken_stops_nothing(machine: Machine) -> None:
    pid, site = machine.units.main_pid(HUB), machine.layout.site
    good = site.read_text()
    site.write_text(good + "nonsense: 1\n")
    files = archive.collect(machine.layout.etc)
    contents = archive.Contents("0", "", 0.0, "sqlite", "", None, *files)
    file = machine.root / "broken.tar.gz"
    file.write_bytes(archive.pack(contents))
    site.write_text(good)
    with pytest.raises(BadConfig, match='unknown key "nonsense"'):
        put_back(machine, file)
    assert machine.units.main_pid(HUB) == pid


def test_a_hub_that_does_not_start_is_put_back_as_it_was(machine: Machine) -> None:
    """The backup listens on a port that is taken, which no check of its files can see."""
    site, before = machine.layout.site, settings(machine)
    good = site.read_text()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"http://127.0.0.1:{other.getsockname()[1]}"
        site.write_text(good.replace(f"http://127.0.0.1:{machine.hub.hub_port}", taken))
        file = make(machine)
        site.write_text(good)
        with pytest.raises(Failed, match=r"was not restored(.|\n)*All is as before"):
            put_back(machine, file)
    assert settings(machine) == before
    assert users(machine) == {"ann"}
    assert status(machine) == "ok"


def test_an_interrupted_switch_comes_first(machine: Machine) -> None:
    file = make(machine)
    machine.layout.attempt.write_text("{}")
    with pytest.raises(Failed, match="berth release rollback"):
        put_back(machine, file)
