"""The folder ``announcements.d`` beside site.yml: an edit is there at the next look.

A file that cannot be used is a problem that is shown, and leaves what it said before.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from hub_config.bulletin import FOLDER, files, read
from hub_config.yaml12 import BadConfig, Problem
from services.announcements.entry import Body, Entry

log = logging.getLogger("berth.announcements")

_Stamp = tuple[object, ...]

AGAIN: _Stamp = ()
"""The stamp of no file."""

LOOK = 1.0
"""Seconds for which a look at the folder is good."""


class Folder:
    """What the files beside site.yml say. ``problems`` are those of the last look."""

    def __init__(self, beside: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = beside / FOLDER
        self.problems: list[Problem] = []
        self._clock, self._looked = clock, float("-inf")
        self._lock = Lock()
        self._seen: dict[str, _Stamp] = {}
        self._bad: dict[str, list[Problem]] = {}
        self._good: dict[str, Entry] = {}

    def entries(self) -> list[Entry]:
        """Return what the files say, in the order of their names. Threads may ask at once."""
        with self._lock:
            if self._clock() - self._looked >= LOOK:
                self._look()
                self._looked = self._clock()
            return [self._good[name] for name in sorted(self._good)]

    def _look(self) -> None:
        try:
            paths = files(self.path)
        except BadConfig as error:  # what it held stays: nobody has taken it away
            self._tell(error.problems)
            return
        names = {path.name for path in paths}
        for gone in self._seen.keys() - names:
            del self._seen[gone]
            self._good.pop(gone, None)
            self._bad.pop(gone, None)
        for path in paths:
            self._read_if_changed(path)
        self._tell([problem for name in sorted(self._bad) for problem in self._bad[name]])

    def _read_if_changed(self, path: Path) -> None:
        name, stamp = path.name, _stamp(path)
        if self._seen.get(name) == stamp:
            return
        self._seen[name] = stamp
        self._bad.pop(name, None)
        shown = f"{FOLDER}/{printable(name)}"
        try:
            self._good[name] = _entry(shown, read(path, shown), path)
        except BadConfig as error:
            self._bad[name] = error.problems
        except Exception as error:  # as one that vanishes meanwhile: looked at again
            self._seen[name] = AGAIN
            what = f"cannot be used ({error}) — write it anew, or remove it"
            self._bad[name] = [Problem(shown, 1, 1, "", what)]

    def _tell(self, problems: list[Problem]) -> None:
        if problems != self.problems:
            for problem in problems:
                log.error("%s", problem)
            self.problems = problems


def printable(name: str) -> str:
    """Return the name of a file as a text, also where its bytes are none."""
    return name.encode("utf-8", "replace").decode()


def _entry(shown: str, body: Body, path: Path) -> Entry:
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    id_ = shown.removeprefix(f"{FOLDER}/")
    return Entry(id=id_, body=body, created=changed, changed=changed, file=shown)


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno,)
    # ctime too: chmod makes an unreadable file readable and changes nothing else.
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
