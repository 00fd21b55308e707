"""One announcement as somebody sees it now, and the times that it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from babel.dates import format_datetime

from hub_config.model.announcement import PLACES, Announcement
from hub_config.model.recurrence import Window
from hub_config.said import Text, given

_DAY = {"en": "EEE d MMM, HH:mm", "de": "EEE, d. MMM, HH:mm"}
_HOUR = "HH:mm"


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement; ``id`` tells it from others as long as it says the same, of the same time.

    ``window`` is the maintenance that it is about. It has another ``id`` once that has begun:
    who put away what was announced days before is told again.
    """

    id: str
    said: Announcement
    window: Window | None = None

    @property
    def when(self) -> str:
        """Return the times of its maintenance on the clock of this machine; "": there is none."""
        return between(self.window.begin, self.window.end) if self.window else ""

    @property
    def place(self) -> tuple[int, datetime]:
        """Return what sorts it: the gravest first, then what begins first."""
        return self.said.rank, self.window.begin if self.window else datetime.min.replace(
            tzinfo=UTC
        )


@dataclass(frozen=True, slots=True)
class Closing:
    """Maintenance, epoch seconds, of *partitions*; none named: of all. ``end`` None: not known."""

    partitions: tuple[str, ...]
    start: float
    end: float | None


def noticed(said: Announcement, now: datetime, known_as: str = "") -> Notice:
    """Return the notice that *said* is at *now*; *known_as* is its name, if it has one."""
    window = said.occurrence(now)
    parts = [known_as or said.id]
    if window:
        parts += [window.begin.isoformat(), str(window.begin <= now)]
    return Notice(sha256("|".join(parts).encode()).hexdigest()[:16], said, window)


def at(where: str, now: datetime, groups: frozenset[str], said: Announcement) -> bool:
    """Return whether members of *groups* see it at the place *where* of PLACES."""
    if where not in said.where or where not in PLACES or not said.shown(now):
        return False
    # Nobody is known at the login.
    return not said.groups or (where != "login" and not groups.isdisjoint(said.groups))


def closings(announced: Iterable[Announcement], now: datetime) -> tuple[Closing, ...]:
    """Return the maintenance that is announced to everybody, by its begin.

    What only some are told is no reason to warn all: whoever announces to one group does not speak
    for the cluster.
    """
    found = [
        Closing(one.maintenance.partitions, window.begin.timestamp(), window.end.timestamp())
        for one in announced
        if one.maintenance and not one.groups
        for window in one.windows(now)
    ]
    return tuple(sorted(found, key=lambda one: one.start))


def between(begin: datetime, end: datetime | None) -> Text:
    """Return the times as people say them, on the clock of this machine, in each language."""
    first, last = begin.astimezone(), end.astimezone() if end else None
    texts = {}
    for language, pattern in _DAY.items():
        texts[language] = format_datetime(first, pattern, tzinfo=first.tzinfo, locale=language)
        if last:
            short = _HOUR if last.date() == first.date() else pattern
            ending = format_datetime(last, short, tzinfo=last.tzinfo, locale=language)
            texts[language] += f" – {ending}"
    return given(texts)
