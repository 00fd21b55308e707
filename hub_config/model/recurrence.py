"""Times that come again, as an RRULE of RFC 5545 says: when the next ones are.

A rule follows the clock on the wall: 03:26 stays 03:26 when summer time begins. It has no time of
its own (BYHOUR) and no end (COUNT, UNTIL): when it begins and ends is said beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from pydantic import AfterValidator, WithJsonSchema

FAR = timedelta(days=9 * 366)
"""How far is looked ahead: a rule for 29 February may wait for eight years."""

FEW = 4
"""Times that are looked for from a day on; one may be over during the day, one may go on."""

EARLIEST = 2000
"""The first year in which something may begin: what came before is counted through, too."""

LONGEST = 200
"""Characters of a rule."""

_DAY, _EACH = "(MO|TU|WE|TH|FR|SA|SU)", "(;(INTERVAL=[1-9][0-9]{0,2}|WKST=(MO|SU)"
_NTH, _DATE, _MONTH = f"[+-]?[1-5]?{_DAY}", "-?([1-9]|[12][0-9]|3[01])", "([1-9]|1[0-2])"
_RULE = re.compile(
    rf"FREQ=(DAILY{_EACH}))*"
    rf"|WEEKLY{_EACH}|BYDAY={_DAY}(,{_DAY})*))*"
    rf"|(MONTHLY|YEARLY){_EACH}|BYDAY={_NTH}(,{_NTH})*|BYMONTH={_MONTH}(,{_MONTH})*"
    rf"|BYMONTHDAY={_DATE}(,{_DATE})*|BYSETPOS=-?[1-5]))*)"
)
"""What always comes, or is known within a moment to come never: dateutil looks for the days of a
rule until the year 9999."""
_ANY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """A time from its begin to its end, both in UTC."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Repetition:
    """A time that lasts *lasts* seconds, once or by a rule, on the clock of *zone*."""

    begins: datetime
    lasts: int
    rule: str | None = None
    zone: str | None = None

    def windows(self, now: datetime) -> tuple[Window, ...]:
        """Return the one that goes on or comes next, and those after it: no more than FEW."""
        length = timedelta(seconds=self.lasts)
        known = _starts(self, (now - length).astimezone(UTC).date())
        found = (Window(begin, begin + length) for begin in known)
        return tuple(window for window in found if window.end > now)

    def check(self) -> None:
        """Raise ValueError where it never comes, or comes again before it is over."""
        first = self.begins.astimezone(UTC).date()
        starts = _starts(self, first - timedelta(days=1))
        if not starts:
            cure = "write for example FREQ=MONTHLY;BYDAY=2TU"
            raise ValueError(f'"{self.rule}" never comes — {cure}')
        if any((later - one).total_seconds() < self.lasts for one, later in pairwise(starts)):
            raise ValueError("begins again before it is over — write a shorter time, or less often")


@lru_cache(maxsize=500)
def _starts(times: Repetition, first: date) -> tuple[datetime, ...]:
    """Return the next begins, in UTC, from the day *first* on; made once a day for everybody."""
    since = datetime.combine(first, time(), UTC)
    if times.rule is None:
        begins = times.begins.astimezone(UTC)
        return (begins,) if begins >= since else ()
    return tuple(islice(_coming(times, times.rule, since), FEW))


def _coming(times: Repetition, rule: str, since: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(times.zone) if times.zone else None
    wall = times.begins.astimezone(zone).replace(tzinfo=None)
    last = max(since, times.begins) + FAR
    for found in _read(rule, wall).replace(until=last.replace(tzinfo=None)):
        # Without a zone it is the machine's, as of that day.
        begin = (found.replace(tzinfo=zone) if zone else found).astimezone(UTC)
        if begin >= since:
            yield begin


def _read(rule: str, begin: datetime) -> rrule:
    found: Any = rrulestr(rule, dtstart=begin)
    if not isinstance(found, rrule):
        raise ValueError("not one rule")
    return found


def _rule(value: str) -> str:
    try:
        if len(value) > LONGEST or not _RULE.fullmatch(value):
            raise ValueError("not what _RULE says")
        _read(value, datetime.combine(_ANY, time()))
    except ValueError as error:
        raise ValueError(
            f'"{value[:60]}" is no rule of repetition — write FREQ=DAILY, WEEKLY, MONTHLY or '
            "YEARLY, then INTERVAL, BYDAY, BYMONTH, BYMONTHDAY or BYSETPOS, for example "
            "FREQ=MONTHLY;BYDAY=2TU; the end is written as end"
        ) from error
    return value


def is_zone(value: str) -> bool:
    """Return whether this machine knows the clock of *value*."""
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):  # KeyError: there is none of this name
        return False
    return True


def _zone(value: str) -> str:
    if not is_zone(value):
        cure = "write for example Europe/Berlin"
        raise ValueError(f'"{value[:40]}" is no time zone of this machine — {cure}')
    return value


def _begin(value: datetime) -> datetime:
    if value.year < EARLIEST:
        raise ValueError(f"is long over — write a day after {EARLIEST}")
    return value


Rule = Annotated[
    str,
    AfterValidator(_rule),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({_RULE.pattern})$",
            "examples": ["FREQ=MONTHLY;BYDAY=2TU"],
        }
    ),
]
"""RRULE of RFC 5545 without DTSTART, which is the first begin."""

Zone = Annotated[
    str,
    AfterValidator(_zone),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z].*$", "examples": ["Europe/Berlin"]}),
]
"""A name of the IANA time zone database."""

Recent = AfterValidator(_begin)
