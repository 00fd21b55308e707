"""R11: the hub's database is deleted, old, locked, or cannot grow."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.chaos.census import census
from tests.chaos.patience import within
from tests.chaos.scenario import Outcome, Scenario, Size
from tests.chaos.side import Place, Side

NAME = "jupyterhub.sqlite"


def trouble(side: Side, size: Size) -> Outcome:
    """Count the servers that are reachable, and theirs, after each trouble."""
    side.clean()
    old = _copy(side)
    kept: dict[str, tuple[int, int]] = {"deleted": _replaced(side, size, None)}
    side.clean()
    kept["an hour old"] = _replaced(side, size, old)
    side.clean()
    kept["locked"] = _through(side, size, _locked)
    side.clean()
    kept["disk full"] = _through(side, size, _full)
    cell = ", ".join(f"{kind}: {count}/{size.few}" for kind, (count, _) in kept.items())
    orphans = {kind: orphans for kind, (_, orphans) in kept.items()}
    good = all(count == size.few for count, _ in kept.values()) and not any(orphans.values())
    figures = {"kept": {k: n for k, (n, _) in kept.items()}, "orphans": orphans}
    return Outcome(f"{cell}; orphans {sum(orphans.values())}", good, figures)


def _copy(side: Side) -> Path:
    """Return a copy of the database as it is without servers."""
    side.hub.stop()
    copy = side.root / "old.sqlite"
    shutil.copyfile(side.data / NAME, copy)
    side.hub.start()
    return copy


def _replaced(side: Side, size: Size, by: Path | None) -> tuple[int, int]:
    """Put *by* in the database's place while the hub is down; return (kept, orphans)."""
    places = side.fleet(size.few)
    within(lambda: all(map(side.is_noted, places)), 60)
    before = {place: side.reach(place) for place in places}
    side.hub.stop()
    owner = (side.data / NAME).stat()
    for path in side.data.glob(f"{NAME}*"):
        path.unlink()
    if by is not None:
        shutil.copyfile(by, side.data / NAME)
        os.chown(side.data / NAME, owner.st_uid, owner.st_gid)
        (side.data / NAME).chmod(0o600)
    side.forget_people()
    side.hub.start()
    return _kept(side, before)


def _kept(side: Side, before: dict[Place, str]) -> tuple[int, int]:
    """Return how many of the servers are the user's again, and the jobs that are nobody's."""

    def back() -> list[Place]:
        theirs = side.ready()
        return [p for p, job in before.items() if p in theirs and side.reach(p) == job]

    within(lambda: len(back()) == len(before), 30)
    return len(back()), census(side).orphans


def _through(side: Side, size: Size, broken: object) -> tuple[int, int]:
    """Start and stop a server while the database takes no change; return (kept, orphans).

    A server that does not go although it was stopped counts as one that was not kept.
    """
    places = side.fleet(size.few)
    before = {place: side.reach(place) for place in places}
    new, leaver = Place("ada", "new"), Place("cleo", "leaver")
    side.start(leaver)
    side.wait_ready([leaver])
    with broken(side):  # type: ignore[operator]
        for ask, place in ((side.start, new), (side.stop, leaver)):
            with suppress(OSError):  # requests' errors are, too: the hub may be busy or gone
                ask(place)
        time.sleep(size.trouble)
    if side.died():
        side.hub.process = None
        side.hub.start()
    within(lambda: census(side).settled and leaver not in side.servers(), 60)
    kept, orphans = _kept(side, before)
    return kept - (leaver in side.servers()), orphans


@contextmanager
def _locked(side: Side) -> Iterator[None]:
    """Hold the lock of the one writer that SQLite allows."""
    with closing(sqlite3.connect(side.data / NAME, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _full(side: Side) -> Iterator[None]:
    """Fill the small file system that the database is on."""
    filler = side.data / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


TROUBLE = Scenario(
    "R11", "the database is deleted; an hour old; locked; its disk is full",
    "servers kept or adopted", "all, no orphan", trouble,
)  # fmt: skip
