"""The Unix users of a bench: a thousand accounts without a password, with homes of their own."""

import grp
import os
import pwd
import subprocess
from pathlib import Path

from tests.testbed.layout import HOME
from tests.testbed.shell import must

GROUP = "berth-bench"
HOMES = HOME / "homes"
_FIRST_UID = 30000


def names(count: int) -> list[str]:
    """Return the first *count* users."""
    return [f"bench{number:04d}" for number in range(count)]


def ensure(count: int) -> list[str]:
    """Create what is missing of the first *count* users and return their names."""
    if GROUP not in {group.gr_name for group in grp.getgrall()}:
        must(["/usr/sbin/groupadd", "--system", GROUP])
    HOMES.mkdir(exist_ok=True)
    there = {entry.pw_name for entry in pwd.getpwall()}
    for number, name in enumerate(names(count)):
        if name not in there:
            _add(name, _FIRST_UID + number)
        _make_home(name, _FIRST_UID + number)
    return names(count)


def _add(name: str, uid: int) -> None:
    must(["/usr/sbin/useradd", f"--uid={uid}", f"--gid={GROUP}", "--no-create-home",
          f"--home-dir={HOMES / name}", "--shell=/bin/bash", "--comment=Berth bench",
          name])  # fmt: skip


def _make_home(name: str, uid: int) -> None:
    home = HOMES / name
    if not home.exists():
        home.mkdir(mode=0o700)
        os.chown(home, uid, grp.getgrnam(GROUP).gr_gid)


def set_passwords(passwords: dict[str, str]) -> None:
    """Let these users log in."""
    lines = "".join(f"{name}:{word}\n" for name, word in passwords.items())
    must(["/usr/sbin/chpasswd"], input=lines)


def remove() -> None:
    """Remove the users and their homes."""
    for entry in pwd.getpwall():
        if entry.pw_gecos == "Berth bench" and Path(entry.pw_dir).parent == HOMES:
            subprocess.run(["/usr/sbin/userdel", entry.pw_name], check=True, capture_output=True)
    if HOMES.exists():
        must(["/bin/rm", "-rf", "--one-file-system", str(HOMES)])
