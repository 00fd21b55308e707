"""The Unix users of the test bed: people who log in, and the system users that Berth runs as.

People get a random password each, kept in a file that only root can read. A person of one of these
names who already exists on the machine is not touched: that is an error.
"""

import grp
import json
import os
import pwd
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from tests.testbed.layout import HOME
from tests.testbed.machine import folder
from tests.testbed.shell import BedError, run

#: Name -> uid of the people.
PEOPLE = {"alice": 20001, "bob": 20002, "carol": 20003, "dave": 20004}
#: Name -> supplementary groups of the system users. ``berth-auth`` reads local passwords.
SYSTEM_USERS: dict[str, tuple[str, ...]] = {
    "berth": (),
    "berth-auth": ("shadow",),
    "berth-agent": ("berth",),
}
_PASSWORDS = HOME / "passwords.json"


def ensure() -> dict[str, str]:
    """Create what is missing, unlock and un-expire everybody; return name -> password."""
    ensure_people(PEOPLE)
    ensure_system()
    passwords = _passwords()
    _change(["/usr/sbin/chpasswd"], input="".join(f"{n}:{p}\n" for n, p in passwords.items()))
    for name in PEOPLE:  # a test that expires an account may have been killed before it put it back
        _change(["/usr/bin/chage", "--expiredate", "-1", "--maxdays", "99999", name])
    return passwords


def ensure_people(people: Mapping[str, int]) -> None:
    """Create what is missing of these people (name -> uid), with a home and no password."""
    for name, uid in people.items():
        _ensure_person(name, uid)


def ensure_system() -> None:
    """Create what is missing of the system users, and leave the people alone."""
    for name, groups in SYSTEM_USERS.items():
        _ensure_system_user(name, groups)


def remove() -> None:
    """Remove the users and their homes, but only accounts that ``ensure`` made."""
    for name, uid in PEOPLE.items():
        if _uid(name) == uid:
            _change(["/usr/sbin/userdel", "--remove", "--force", name])
    for name in SYSTEM_USERS:
        if _uid(name) is not None and pwd.getpwnam(name).pw_gecos == _MARK:
            _change(["/usr/sbin/userdel", name])
    _PASSWORDS.unlink(missing_ok=True)


_MARK = "Berth test bed"


def _ensure_person(name: str, uid: int) -> None:
    found = _uid(name)
    if found is None:
        _change(["/usr/sbin/useradd", "--uid", str(uid), "--user-group", "--create-home",
              "--shell", "/bin/bash", "--comment", _MARK, "--key", "HOME_MODE=0700",
              name])  # fmt: skip
    elif found != uid:
        raise BedError(
            f"the user {name} exists with uid {found}, so it is not the test bed's (uid {uid}): "
            f"run the tests on a machine or in a container of their own"
        )


def _ensure_system_user(name: str, groups: tuple[str, ...]) -> None:
    if _uid(name) is None:
        _change(["/usr/sbin/useradd", "--system", "--user-group", "--no-create-home", "--home-dir",
              "/nonexistent", "--shell", "/usr/sbin/nologin", "--comment", _MARK,
              name])  # fmt: skip
    for group in groups:
        if name not in grp.getgrnam(group).gr_mem:
            _change(["/usr/sbin/usermod", "--append", "--groups", group, name])


def _change(argv: list[str], *, input: str | None = None, patience: float = 120) -> None:
    """Run a tool that changes accounts, again while another one holds the lock of /etc/passwd.

    One that was killed holds it until its parent has taken note of its end.
    """
    deadline = time.monotonic() + patience
    while (done := run(argv, input=input)).returncode != 0:
        if "lock" not in done.stderr or time.monotonic() > deadline:
            raise BedError(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip()}")
        time.sleep(0.5)


def _uid(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _passwords() -> dict[str, str]:
    if not _PASSWORDS.exists():
        fresh = {name: secrets.token_urlsafe(12) for name in PEOPLE}
        _write_secret(_PASSWORDS, json.dumps(fresh))
    stored: dict[str, str] = json.loads(_PASSWORDS.read_text())
    return stored


def _write_secret(path: Path, text: str) -> None:
    folder(path.parent, "root")
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
