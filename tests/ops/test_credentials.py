"""Secrets that systemd hands over: used, and to be found nowhere else."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from jupyterhub.crypto import CryptKeeper
from traitlets.config import Config

from hub_config import credentials
from hub_config.ops import secrets
from hub_config.ops.layout import HUB
from tests.ops.machine import Machine
from tests.support.hubs import until


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of credentials, as a unit with LoadCredential= has it."""
    folder = tmp_path / "credentials"
    list(secrets.ensure(folder))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_what_is_given_becomes_settings(given: Path) -> None:
    c = Config()
    credentials.apply(c)
    assert c.ConfigurableHTTPProxy.auth_token == (given / "proxy-token").read_text()
    assert c.JupyterHub.cookie_secret.hex() == (given / "cookie-secret").read_text()
    assert c["CryptKeeper"]["keys"] == [(given / "auth-state-key").read_text()]


async def test_what_an_older_key_locked_is_still_read(given: Path) -> None:
    c = Config()
    credentials.apply(c)
    locked = await CryptKeeper(config=c).encrypt({"token": "x"})
    secrets.rotate(given, "auth-state-key")
    again = Config()
    credentials.apply(again)
    assert len(again["CryptKeeper"]["keys"]) == 2
    assert await CryptKeeper(config=again).decrypt(locked) == {"token": "x"}
    assert await CryptKeeper(config=c).encrypt({}) != locked


@pytest.mark.parametrize("there", [False, True], ids=["no-folder", "empty-folder"])
def test_without_credentials_nothing_is_set(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    if there:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    c = Config()
    credentials.apply(c)
    assert not any(c.values())


@pytest.mark.hub
def test_a_hub_uses_them_and_shows_them_to_nobody(machine: Machine) -> None:
    values = [path.read_text() for path in machine.layout.secrets.iterdir()]
    assert len(values) == 3
    ann = machine.log_in("ann")
    assert ann.start("", {"profile": "small"}).status_code in (201, 202, 400)
    environment = Path(f"/proc/{machine.units.main_pid(HUB)}/environ").read_text()
    assert "CREDENTIALS_DIRECTORY" in environment
    log = "\n".join(machine.units.said(HUB, 10_000))
    with closing(sqlite3.connect(machine.database)) as database:
        kept = "\n".join(database.iterdump())
    for value in values:
        assert value not in environment
        assert value not in log
        assert value not in kept
    assert not (machine.data / "cookie_secret").exists(), "JupyterHub made none of its own"
    ann.close()


@pytest.mark.hub
def test_a_new_cookie_secret_ends_all_sessions(machine: Machine) -> None:
    ann = machine.log_in("ann")
    assert ann.get("/hub/home", allow_redirects=False).status_code == 200
    secrets.rotate(machine.layout.secrets, "cookie-secret")
    machine.units.stop(HUB)
    machine.units.start(HUB)
    until(lambda: ann.get("/hub/health").status_code == 200, "the hub back")
    assert ann.get("/hub/home", allow_redirects=False).status_code == 302, "to the login page"
    ann.close()
