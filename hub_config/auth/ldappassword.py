"""The password of the account that looks people up: a file of ours alone, or the unit gives it."""

import stat
from pathlib import Path

from hub_config import credentials

CREDENTIAL = "ldap-bind-password"


def lookup_password(file: str) -> str:
    """Return the first line of *file*; without one, the unit's credential.

    Raises OSError and ValueError, with the path and the cure.
    """
    return _first_line(Path(file)) if file else _given()


def _given() -> str:
    password = credentials.read(CREDENTIAL)
    if password is None:
        raise ValueError(
            "the lookup account has no password: write bind_password_file, or give the hub's unit "
            f"LoadCredential={CREDENTIAL}:…"
        )
    return password


def _first_line(path: Path) -> str:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"{path} can be used by others: chmod 0600 {path}")
    lines = path.read_text().splitlines()
    if not (lines and lines[0]):
        raise ValueError(f"{path} is empty: its first line is the password")
    return lines[0]
