"""Copies of the database as it was before a switch, each with a note of what it is."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hub_config.files import write
from hub_config.ops.database import Database
from hub_config.ops.failure import Failed
from hub_config.ops.files import private_folder

KEPT = 10


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy. ``release`` is whose it was, ``made`` is in Unix seconds."""

    file: str
    release: str
    revision: str
    made: float
    users: int
    running: tuple[str, ...]

    @property
    def path(self) -> Path:
        return Path(self.file)


def make(folder: Path, database: Database, release: str) -> Copy | None:
    """Return a copy of the database as it is now; None: there is no database yet."""
    dumped = database.dump()
    if dumped is None:
        return None
    state, data = dumped
    private_folder(folder)
    now = time.time()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    path = folder / f"{stamp}-{time.monotonic_ns() % 10**6:06}.copy"
    write(path, data)
    found = Copy(str(path), release, state.revision, now, state.users, state.running)
    write(_note(path), json.dumps(asdict(found), indent=2).encode())
    return found


def read(path: Path) -> Copy:
    """Return the copy at *path*. Raises Failed."""
    try:
        said = json.loads(_note(path).read_text("utf-8"))
        return Copy(**{**said, "file": str(path), "running": tuple(said["running"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Failed(f"{_note(path)} cannot be used ({error}) — take another copy") from error


def newest(folder: Path, revision: str) -> Copy | None:
    """Return the last copy with a schema of this revision."""
    found = (read(path) for path in sorted(folder.glob("*.copy"), reverse=True))
    return next((copy for copy in found if copy.revision == revision), None)


def lost(copy: Copy, now: Copy) -> list[str]:
    """Say what the database of *now* has and *copy* has not."""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(copy.made))
    lines = [f"the database goes back to {since}: tokens and groups made since are gone"]
    if now.users > copy.users:
        lines.append(f"{now.users - copy.users} users who came since log in as new ones")
    if started := sorted(set(now.running) - set(copy.running)):
        names = ", ".join(started)
        lines.append(f"servers started since are not known then, end their jobs by hand: {names}")
    return lines


def prune(folder: Path) -> None:
    """Remove all but the last KEPT copies, and the last one of each schema."""
    found = [read(path) for path in sorted(folder.glob("*.copy"))]
    last = {copy.revision: copy for copy in found}
    for copy in found[:-KEPT]:
        if copy is not last[copy.revision]:
            _note(copy.path).unlink(missing_ok=True)
            copy.path.unlink()


def _note(path: Path) -> Path:
    return path.with_suffix(".json")
