"""`berth smoke` on a real hub whose presets are good, refused, locked or dying."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_config.visit.smoke import Result, good
from tests.hub.room import PASSWORDS, Room, running
from tests.support.hubs import ROOT, Visitor, until

pytestmark = pytest.mark.hub

BERTH = ROOT / ".venv" / "bin" / "berth"


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A hub whose users may have one named server."""
    with running({"hub": {"named_servers": 1}}) as room:
        yield room


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(f"{PASSWORDS['ben']}\n")
    return file


@pytest.fixture
def ben(room: Room) -> Iterator[Visitor]:
    visitor = room.visitor("ben")
    yield visitor
    visitor.close()


def smoke(room: Room, *words: str | Path, given: str = "") -> "subprocess.CompletedProcess[str]":
    argv = [str(BERTH), "smoke", "--user", "ben", "--url", room.hub.url, *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=300, input=given)


def results(done: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, Any]]:
    assert done.stdout.startswith("["), done.stdout + done.stderr
    return {found["preset"]: found for found in json.loads(done.stdout)}


@pytest.mark.timeout(600)
def test_all_presets_of_a_user(room: Room, ben: Visitor, secret: Path) -> None:
    before = ben.tokens()
    done = smoke(room, "--json", "--password-file", secret)
    found = results(done)
    assert {name: result["outcome"] for name, result in found.items()} == {
        "small": "ok", "notebook": "ok", "terminal": "ok", "hasty": "ok", "refused": "failed",
        "climate-only": "locked", "ocean-only": "locked",
    }  # fmt: skip
    assert "the only partition is local" in found["refused"]["message"]
    assert done.returncode == 1
    assert PASSWORDS["ben"] not in done.stdout + done.stderr
    until(lambda: not room.living(), "the end of the job")
    until(lambda: ben.tokens() == before, "the end of their tokens")
    until(lambda: not [name for name in ben.servers() if name], "the end of their servers")


def test_one_preset_as_a_table(room: Room) -> None:
    done = smoke(room, "--preset", "small", "--password-file", "-", given=PASSWORDS["ben"])
    assert done.returncode == 0, done.stdout + done.stderr
    head, row, *_ = done.stdout.splitlines()
    assert head.split()[:6] == ["preset", "result", "cores", "memory", "gpus", "walltime"]
    assert row.split()[:2] == ["small", "ok"]
    assert done.stdout.splitlines()[-1] == "1 of 1 presets are as they should be"
    assert "small: starting" in done.stderr


def test_a_job_that_dies_at_once(room: Room, secret: Path) -> None:
    with room.launcher(Path("/bin/false")):
        done = smoke(room, "--preset", "small", "--json", "--password-file", secret)
    [found] = results(done).values()
    assert found["outcome"] == "failed"
    assert "ended before the server was ready" in found["message"]
    until(lambda: not room.living(), "the end of the job")


def test_a_server_that_never_boots(room: Room, secret: Path) -> None:
    with room.launcher(room.standin):
        done = smoke(
            room, "--preset", "small", "--start-limit", "3s", "--json", "--password-file", secret
        )
    [found] = results(done).values()
    assert found["outcome"] == "failed"
    assert "not ready after" in found["message"]
    until(lambda: not room.living(), "the end of the job")


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (["--preset", "none"], PASSWORDS["ben"], "there is no preset none — the form has small"),
        ([], "wrong", "answered 403 to ben — is the password right"),
        ([], "", "the password is empty"),
        (["--ca", "/etc/passwd"], PASSWORDS["ben"], "no certificates can be read from it"),
        (["--url", "http://127.0.0.1:9"], PASSWORDS["ben"], "do nginx and the proxy run"),
    ],
)
def test_what_cannot_be_tried(room: Room, words: list[str], password: str, said: str) -> None:
    done = smoke(room, *words, "--password-file", "-", given=password)
    assert done.returncode == 1
    assert said in done.stdout
    assert "Traceback" not in done.stderr
    until(lambda: not room.living(), "the end of the job")


@pytest.mark.parametrize("words", [["--parallel", "0"], ["--queue-limit", "5"], ["--user", "A B"]])
def test_wrong_usage(room: Room, words: list[str]) -> None:
    assert smoke(room, *words, given="x").returncode == 2


def test_a_site_without_named_servers(room: Room, secret: Path) -> None:
    room.hub.stop()
    room.change({"hub": {"named_servers": 0}})
    room.hub.start()
    try:
        done = smoke(room, "--password-file", secret)
    finally:
        room.hub.stop()
        room.change({"hub": {"named_servers": 1}})
        room.hub.start()
    assert done.returncode == 1
    assert "hub.named_servers" in done.stdout


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (["ok", "locked", "waited"], True),
        (["ok", "differs"], False),
        (["ok", "failed"], False),
        (["waited", "locked"], False),
        ([], False),
    ],
)
def test_what_proves_a_hub_good(outcomes: list[str], verdict: bool) -> None:
    assert good([Result("one", "One", outcome) for outcome in outcomes]) is verdict


@pytest.mark.timeout(600)
def test_a_hub_that_restarts_meanwhile(room: Room, secret: Path) -> None:
    """The server is stopped and forgotten all the same, by the hub that comes next."""
    argv = [str(BERTH), "smoke", "--user", "ben", "--url", room.hub.url, "--preset", "small"]
    with room.launcher(room.standin):
        process = subprocess.Popen([*argv, "--password-file", str(secret)], stdout=subprocess.PIPE)
        until(room.living, "the job")
        room.hub.stop()
        process.send_signal(signal.SIGTERM)
        room.hub.start()
        said, _ = process.communicate(timeout=200)
    assert process.returncode == 1
    assert b"Traceback" not in said
    until(lambda: not room.living(), "the end of the job")
    visitor = room.visitor("ben")
    until(lambda: not [name for name in visitor.servers() if name], "the end of the server")
    visitor.close()
