"""The secrets below /etc/berth/secrets: made once on the VM, readable for root, never printed."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from secrets import token_hex

from hub_config.files import write
from hub_config.ops.failure import Failed
from hub_config.ops.files import private_folder
from hub_config.ops.layout import HUB, PROXY

UNITS = {
    "proxy-token": (PROXY, HUB),
    "cookie-secret": (HUB,),
    "auth-state-key": (HUB,),
}
"""Each secret with the units that read it when they start."""
KEYS_KEPT = 4
_SERVICE = re.compile(r"service-([a-z][a-z0-9-]{0,60})")
_WORDS = {
    "proxy-token": "open connections of all users are cut once, servers go on",
    "cookie-secret": "everybody logs in again, servers go on",
    "auth-state-key": "nobody notices: what older keys locked is still read",
}


def units(name: str) -> tuple[str, ...]:
    """Return the units that must be restarted for a new value. Raises Failed for other names."""
    if service := _SERVICE.fullmatch(name):
        return (f"berth-service@{service[1]}.service", HUB)
    if name not in UNITS:
        known = ", ".join([*UNITS, "service-NAME"])
        raise Failed(f'"{name}" is no secret of Berth — the secrets are {known}')
    return UNITS[name]


def effect(name: str) -> str:
    """Say what users notice of a new value."""
    return _WORDS.get(name, "the service is away for a moment")


def ensure(folder: Path, names: Iterable[str] = ()) -> Iterator[str]:
    """Make what is missing, repair owners and modes; yield one line for each change."""
    private_folder(folder)
    for name in dict.fromkeys([*UNITS, *names]):
        units(name)
        path = folder / name
        if not _there(path):
            write(path, token_hex(32).encode())
            yield f"made {path}"
        elif repaired := _repair(path):
            yield f"repaired {path}: {repaired}"


def rotate(folder: Path, name: str) -> None:
    """Give the secret a new value; of keys, older ones stay behind it to read with."""
    units(name)
    path, value = folder / name, token_hex(32)
    if not _there(path):
        raise Failed(f"{path} is missing — run: berth secrets ensure")
    if name == "auth-state-key":
        older = [key for key in path.read_text("ascii").strip().split(";") if key]
        value = ";".join([value, *older[: KEYS_KEPT - 1]])
    write(path, value.encode())


def _there(path: Path) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):
        raise Failed(f"{path} is not a file — look who made it, remove it, run this again")
    return status.st_size > 0


def _repair(path: Path) -> str:
    status, changes = path.lstat(), []
    if status.st_uid != os.geteuid():
        os.chown(path, os.geteuid(), os.getegid())
        changes.append(f"it belonged to user {status.st_uid}")
    if (mode := stat.S_IMODE(status.st_mode)) != 0o600:
        path.chmod(0o600)
        changes.append(f"its mode was {mode:04o}")
    if changes and mode & 0o077:
        changes.append("others may have read it, rotate it")
    return ", ".join(changes)
