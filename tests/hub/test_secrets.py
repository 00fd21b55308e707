"""Where secrets are not: in the log (at DEBUG), in argv, in job scripts, in what others can read.

A hub of examples/local as verbose as it gets, after logins, a start, a cell and a stop.
"""

import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hub.machine import command_lines
from tests.hub.room import PASSWORDS, Room
from tests.support.hubs import ROOT, Visitor, until
from tests.support.kernels import Kernel

DEBUG = """\
c.JupyterHub.log_level = 10
c.Spawner.debug = True
"""
WRONG = "not-the-password-of-ann"


@dataclass(frozen=True)
class Story:
    """What a verbose hub leaves behind; ``seen`` are command lines while the server ran."""

    room: Room
    secrets: Mapping[str, str]
    seen: str
    log: str

    @property
    def data(self) -> Path:
        """The hub's data_dir."""
        return self.room.folder / "data"


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """A whole visit: a wrong password, a right one, a token, a server, a cell, a stop."""
    room = verbose_room()
    try:
        room.hub.start()
        Visitor(room.hub.url, "ann").login(WRONG)
        ann = room.visitor("ann")
        secrets = {"ann's token": ann.token()}
        assert ann.submit_form("preset", {"profile": "small"}).status_code == 302
        ann.wait_ready("preset")
        [file] = room.spawn_file("x").parent.glob("*.json")
        secrets["the job's token"] = json.loads(file.read_text())["env"]["JUPYTERHUB_API_TOKEN"]
        assert Kernel(ann, "preset").execute("6*7") == "42"
        assert ann.get("/user/ann/preset/").status_code == 200
        seen = "\n".join(command_lines())
        ann.stop("preset")
        ann.wait_stopped("preset")
        until(lambda: not room.living(), "the end of the job")
        # Not the session id: it opens nothing, and JupyterHub keeps it in the clear as well
        # (jupyterhub/handlers/base.py, get_session_cookie).
        cookies = [c for c in ann.session.cookies if c.name != "jupyterhub-session-id"]
        assert {c.name for c in cookies} >= {"jupyterhub-hub-login", "jupyterhub-user-ann-preset"}
        secrets |= {f"the cookie {c.name}": (c.value or "").strip('"') for c in cookies}
        secrets["ann's password"], secrets["a wrong password"] = PASSWORDS["ann"], WRONG
        secrets["the cookie secret"] = room.folder.joinpath("data", "cookie_secret").read_text()
        secrets["the proxy's token"] = room.hub.proxy_token
        ann.close()
        room.hub.stop()
        yield Story(room, secrets, seen, room.hub.log())
    finally:
        room.close()


def verbose_room() -> Room:
    room = Room({}, ROOT / "examples" / "local")
    data, extra = room.folder / "data", room.folder / "jupyterhub_config.d"
    for folder in (data, extra):
        folder.mkdir()
    extra.joinpath("debug.py").write_text(DEBUG)
    room.account.give(data, extra, extra / "debug.py")
    room.change({"hub": {"data_dir": str(data)}})
    return room


def found(secrets: Mapping[str, str], text: str) -> list[str]:
    assert all(len(secret.strip()) >= 8 for secret in secrets.values())
    return [name for name, secret in secrets.items() if secret.strip() in text]


def test_no_secret_is_in_the_log(story: Story) -> None:
    assert "[D " in story.log, "the hub was as verbose as it gets"
    assert "Loading " in story.log
    assert "debug.py: it may change anything" in story.log
    assert not found(story.secrets, story.log)


def test_no_secret_is_on_a_command_line(story: Story) -> None:
    assert "hub_config.app" in story.seen
    assert "--serve" in story.seen, "the single-user server"
    assert not found(story.secrets, story.seen)


def test_no_secret_is_in_a_jobs_script_or_record(story: Story) -> None:
    files = [*story.room.home.glob(".local/state/berth/jobs/*"), *story.room.home.glob("*.log")]
    assert {file.suffix for file in files} >= {".sh", ".json", ".log"}
    for file in files:
        assert not found(story.secrets, file.read_text()), file.name


def test_the_spawn_file_is_gone_with_its_job(story: Story) -> None:
    assert not list(story.room.spawn_file("x").parent.glob("*.json"))


def test_what_the_hub_writes_is_for_the_hub_alone(story: Story) -> None:
    files = [path for path in story.data.rglob("*") if path.is_file()]
    assert {"jupyterhub.sqlite", "cookie_secret"} <= {file.name for file in files}
    assert {file.name: oct(mode(file)) for file in files if mode(file) != 0o600} == {}
    folders = [path for path in story.data.rglob("*") if path.is_dir()]
    assert [folder for folder in folders if mode(folder) & 0o077] == []


def test_what_a_job_writes_is_for_its_user_alone(story: Story) -> None:
    jobs, spawn_files = (
        story.room.home / ".local/state/berth/jobs",
        story.room.home / ".cache/berth",
    )
    assert (mode(jobs), mode(spawn_files)) == (0o700, 0o700)
    logs = list(story.room.home.glob("*.log"))
    assert logs
    assert [log.name for log in logs if mode(log) & 0o077] == []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_jobs_token_cannot_be_read_from_the_database(story: Story) -> None:
    """JupyterHub stores hashes of tokens; what we add beside them stores none either."""
    hub_files = b"".join(path.read_bytes() for path in story.data.iterdir() if path.is_file())
    tokens = {name: s for name, s in story.secrets.items() if name.endswith("token")}
    assert len(tokens) == 3
    assert not [name for name, secret in tokens.items() if secret.encode() in hub_files]
