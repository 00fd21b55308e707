"""Files that are there whole or not at all, and links that are turned in one step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from secrets import token_hex

from hub_config.ops.failure import Failed


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put *data* at *path* in one step, for nobody else's eyes at any moment."""
    fresh = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    settle(path.parent)


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


def settle(folder: Path) -> None:
    """Return when the names in *folder* are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
