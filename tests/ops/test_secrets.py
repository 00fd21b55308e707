"""The secrets of a machine: made once, for root's eyes, renewed one by one."""

import os
import stat
from pathlib import Path

import pytest

from hub_config.cli import main
from hub_config.files import write
from hub_config.ops import secrets
from hub_config.ops.failure import Failed
from hub_config.ops.secrets import KEYS_KEPT, UNITS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The secrets of a machine, all made."""
    folder = tmp_path / "secrets"
    assert [line.split()[0] for line in secrets.ensure(folder)] == ["made"] * 3
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_missing_is_made_and_never_again(folder: Path) -> None:
    values = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(values) == set(UNITS)
    assert all(len(bytes.fromhex(value)) == 32 for value in values.values())
    assert len(set(values.values())) == 3
    assert list(secrets.ensure(folder)) == []
    assert {path.name: path.read_text() for path in folder.iterdir()} == values


def test_nobody_else_can_read_them(folder: Path) -> None:
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}


def test_a_file_is_private_from_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = os.fdopen

    def looking(descriptor: int, mode: str) -> object:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return real(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", looking)
    before = os.umask(0)
    try:
        write(tmp_path / "x", b"secret")
    finally:
        os.umask(before)
    assert seen == [0o600]


def test_a_mode_that_is_too_wide_is_repaired_and_told(folder: Path) -> None:
    (folder / "proxy-token").chmod(0o644)
    [line] = secrets.ensure(folder)
    assert "its mode was 0644" in line
    assert "rotate it" in line
    assert mode(folder / "proxy-token") == 0o600


@pytest.mark.cluster  # needs root, as that room does: nobody else can give files away
def test_an_owner_that_is_wrong_is_repaired(folder: Path) -> None:
    os.chown(folder / "cookie-secret", 65534, 65534)
    [line] = secrets.ensure(folder)
    assert "it belonged to user 65534" in line
    assert (folder / "cookie-secret").stat().st_uid == 0


def test_a_link_in_the_place_of_a_secret_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "proxy-token").unlink()
    (folder / "proxy-token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Failed, match="is not a file"):
        list(secrets.ensure(folder))
    assert not (tmp_path / "elsewhere").exists()


def test_an_empty_file_is_a_missing_secret(folder: Path) -> None:
    (folder / "cookie-secret").write_text("")
    assert [line.split()[0] for line in secrets.ensure(folder)] == ["made"]
    assert len((folder / "cookie-secret").read_text()) == 64


@pytest.mark.parametrize("name", ["proxy-token", "cookie-secret"])
def test_rotating_replaces(folder: Path, name: str) -> None:
    before = (folder / name).read_text()
    secrets.rotate(folder, name)
    after = (folder / name).read_text()
    assert len(after) == 64
    assert before not in after
    assert mode(folder / name) == 0o600


def test_rotating_keys_keeps_older_ones_to_read_with(folder: Path) -> None:
    path, seen = folder / "auth-state-key", []
    for _ in range(KEYS_KEPT + 2):
        seen.append(path.read_text().split(";")[0])
        secrets.rotate(folder, "auth-state-key")
    keys = path.read_text().split(";")
    assert len(keys) == KEYS_KEPT
    assert keys[1:] == seen[::-1][: KEYS_KEPT - 1]


def test_a_services_token_is_made_when_asked_for(folder: Path) -> None:
    [line] = secrets.ensure(folder, ["service-announcements"])
    assert line == f"made {folder / 'service-announcements'}"
    assert secrets.units("service-announcements")[0] == "berth-service@announcements.service"


@pytest.mark.parametrize("name", ["../shadow", "password", "service-", "service-../x", ""])
def test_other_names_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(Failed, match="is no secret of Berth"):
        list(secrets.ensure(folder, [name]))
    with pytest.raises(Failed, match="is no secret of Berth"):
        secrets.rotate(folder, name)


def test_the_command_says_what_happens_and_no_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(tmp_path)]
    assert main(["secrets", "ensure", *root]) == 0
    assert main(["secrets", "rotate", "cookie-secret", *root]) == 0
    printed = capsys.readouterr().out
    assert "everybody logs in again" in printed
    assert "systemctl restart berth-hub.service" in printed
    for path in (tmp_path / "etc" / "berth" / "secrets").iterdir():
        assert path.read_text() not in printed


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(tmp_path)]
    assert main(["secrets", "rotate", *root]) == 2
    assert main(["secrets", "rotate", "proxy-token", *root]) == 1
    assert "berth secrets ensure" in capsys.readouterr().out
