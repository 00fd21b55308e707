"""The lookup account's password: from a file of ours alone, or from the unit."""

from pathlib import Path

import pytest
from traitlets import TraitError

from hub_config.auth.ldappassword import lookup_password
from tests.ldap.directory import Directory
from tests.ldap.logins import authenticator


def written(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_it_is_the_first_line(tmp_path: Path) -> None:
    assert lookup_password(written(tmp_path / "word", "se cret \nmore\n")) == "se cret "


def test_the_unit_may_give_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "ldap-bind-password", "secret\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert lookup_password("") == "secret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_for_others_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="chmod 0600"):
        lookup_password(written(tmp_path / "word", "secret", mode))


@pytest.mark.parametrize("text", ["", "\n", "\nsecret"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="is empty"):
        lookup_password(written(tmp_path / "word", text))


def test_without_either_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ValueError, match="write bind_password_file, or give the hub's unit"):
        lookup_password("")


@pytest.mark.parametrize("key", ["ca_file", "bind_password_file"])
def test_the_hub_does_not_start_without_its_files(directory: Directory, key: str) -> None:
    with pytest.raises(TraitError, match=r"auth \(ldap\): .*(No such file|/nowhere)"):
        authenticator(directory, **{key: "/nowhere/x"})
