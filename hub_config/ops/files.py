"""Links that are turned in one step, folders and locks of root's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from secrets import token_hex

from hub_config.files import settle
from hub_config.ops.failure import Failed


def turn(link: Path, target: Path | None) -> None:
    """Make *link* point to *target*, relative if it is beside or below; None: remove it."""
    if target is None:
        link.unlink(missing_ok=True)
        return
    inside = target.is_relative_to(link.parent)
    fresh = link.with_name(f".{link.name}.{token_hex(4)}")
    fresh.symlink_to(target.relative_to(link.parent) if inside else target)
    fresh.replace(link)
    settle(link.parent)


def private_folder(path: Path) -> Path:
    """Return *path*, a folder that only its owner may enter."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock *path*. Raises Failed if somebody else has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise Failed("another switch or restore is under way — wait for its end") from None
        yield
    finally:
        os.close(descriptor)
