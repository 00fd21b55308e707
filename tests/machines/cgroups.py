"""A control group of its own for each machine, so that no systemd takes another's units for its."""

import time
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")


def _folders(name: str) -> list[Path]:
    """On a computer with the older hierarchies beside the newer, the two that systemd looks at."""
    mixed = [_ROOT / part for part in ("systemd", "unified") if (_ROOT / part).is_dir()]
    return [root / "berth-machines" / name for root in mixed or [_ROOT]]


def make(name: str) -> list[Path]:
    """Make the groups of a machine and return them."""
    folders = _folders(name)
    for path in folders:
        path.mkdir(parents=True, exist_ok=True)
    return folders


def remove(name: str, patience: float = 60) -> None:
    """Remove the groups of a machine that is off."""
    for top in _folders(name):
        for path in (*sorted(top.rglob("*/"), reverse=True), top):
            _remove(path, patience)


def _remove(path: Path, patience: float) -> None:
    """A group is busy until the last process of it is gone, which is after the kill."""
    deadline = time.monotonic() + patience
    while path.is_dir():
        try:
            path.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
