"""The releases on this machine: which there are, which is current, which may go."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub_config.model.profiles import Profiles
from hub_config.ops.failure import Failed
from hub_config.ops.layout import Layout

DAY = 86400.0
SHORTEST, LONGEST = 7 * DAY, 30 * DAY
"""What is assumed of jobs at least, and where profiles do not say how long one may run."""


@dataclass(frozen=True, slots=True)
class Release:
    """One installed release. ``user``: its single-user environment, on a path that nodes see."""

    name: str
    version: str
    folder: Path
    user: Path
    made: float

    @property
    def python(self) -> Path:
        return self.folder / "hub" / "bin" / "python"

    @property
    def berth(self) -> Path:
        return self.folder / "hub" / "bin" / "berth"


def read(layout: Layout, name: str) -> Release:
    """Return the release *name*. Raises Failed if it is not there or not finished."""
    folder = layout.releases / name
    file = folder / "release.json"
    try:
        if not name or "/" in name or name.startswith("."):
            raise FileNotFoundError(name)
        said = json.loads(file.read_text("utf-8"))
        user = layout.root / Path(said["user"]).relative_to("/")
        made = file.stat().st_mtime
        found = Release(said["release"], said["version"], folder, user, made)
    except FileNotFoundError:
        known = ", ".join(found.name for found in installed(layout)) or "none"
        raise Failed(f"{file} is not there — the installed releases are: {known}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failed(f"{file} cannot be used ({error}) — install that release again") from error
    if found.name != name:
        raise Failed(f"{file} says it is {found.name} — install that release again")
    if found.user.name != name:
        raise Failed(f"{file} names {found.user} as its user environment — install it again")
    return found


def installed(layout: Layout) -> list[Release]:
    """Return the finished releases, the newest first."""
    if not layout.releases.is_dir():
        return []
    names = (f.parent.name for f in layout.releases.glob("*/release.json"))
    return sorted((read(layout, name) for name in names), key=lambda r: r.made, reverse=True)


def pointed(link: Path) -> str:
    """Return the name of the release that *link* points to, empty if there is no link."""
    try:
        return link.readlink().name
    except FileNotFoundError:
        return ""


def listing(layout: Layout) -> list[str]:
    """Return one line for each release, the newest first."""
    marks = {pointed(layout.previous): "previous", pointed(layout.current): "current"}
    rows = [
        (r.name, time.strftime("%Y-%m-%d %H:%M", time.localtime(r.made)), marks.get(r.name, ""))
        for r in installed(layout)
    ]
    width = max((len(name) for name, *_ in rows), default=0)
    return [f"{name:{width}}  {made}  {mark}".rstrip() for name, made, mark in rows]


def prune(layout: Layout, keep: int, profiles: Profiles | None) -> Iterator[str]:
    """Remove what is not current, previous or among the *keep* newest; yield a line for each.

    A server that runs on a node has its programs in the single-user environment of the release
    it was started from, which cannot be seen from here: those go when every job that may have
    been started from them has reached its longest walltime.
    """
    held = {pointed(layout.current), pointed(layout.previous), *_switching(layout)}
    others = [found for found in installed(layout) if found.name not in held]
    for found in others[keep:]:
        left = _last_used(layout, found) + longest(profiles) - time.time()
        if left > 0 and found.user.is_dir():
            days = left / DAY
            yield f"kept {found.name}: servers may still run from it, for {days:.1f} days at most"
            continue
        # Its name goes first, so that half a release is no release.
        (found.folder / "release.json").unlink()
        for folder in (found.user, found.folder):
            if folder.is_dir():
                shutil.rmtree(folder)
        layout.kept(found.name).unlink(missing_ok=True)
        yield f"removed {found.name}"


def longest(profiles: Profiles | None) -> float:
    """Return for how long a job of these profiles may run, in seconds; never less than SHORTEST.

    Limits may have been longer when a job began, hence the margin.
    """
    if profiles is None:
        return LONGEST
    partitions = profiles.advanced.partitions.values() if profiles.advanced else ()
    limits = [preset.walltime for preset in profiles.presets]
    limits += [partition.walltime.max or int(LONGEST) for partition in partitions]
    return max(SHORTEST, DAY + max(limits, default=int(LONGEST)))


def _last_used(layout: Layout, found: Release) -> float:
    """Return when it was current for the last time, or made if it never was."""
    last = found.made
    if layout.history.is_file():
        for line in layout.history.read_text("utf-8").splitlines():
            entry = json.loads(line)
            last = max(last, entry["time"]) if found.name in (entry["from"], entry["to"]) else last
    return last


def _switching(layout: Layout) -> tuple[str, ...]:
    if not layout.attempt.is_file():
        return ()
    said = json.loads(layout.attempt.read_text("utf-8"))
    return (said["from"], said["to"])
