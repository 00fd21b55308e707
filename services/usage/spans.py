"""Weeks, months, years and days: what starts are counted by, in the centre's own time.

A week is that of ISO 8601: it begins on Monday, and the first of a year is that of its first
Thursday. Each span is named as ISO 8601 does: 2026-W47, 2026-11, 2026, 2026-11-21.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

Kind = Literal["day", "week", "month", "year"]
KINDS: tuple[Kind, ...] = ("week", "month", "year")
"""Those that people choose from."""

YEARS = range(1970, 9999)
_GRAMMAR = re.compile(r"([0-9]{4})(?:-(?:W([0-9]{2})|([0-9]{2})(?:-([0-9]{2}))?))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """One of them. ``first`` and ``last`` are its days."""

    kind: Kind
    first: date
    last: date

    def __str__(self) -> str:
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02}"
        return self.first.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.kind]]

    @property
    def number(self) -> int:
        """The number of a week in its year."""
        return self.first.isocalendar().week

    def before(self) -> "Span":
        """Return the one before it."""
        return span_of(self.kind, self.first - timedelta(days=1))

    def after(self) -> "Span":
        """Return the one after it."""
        return span_of(self.kind, self.last + timedelta(days=1))

    def parts(self) -> list["Span"]:
        """Return what a chart of it shows side by side: days; of a year months."""
        kind: Kind = "month" if self.kind == "year" else "day"
        found = [span_of(kind, self.first)]
        while found[-1].last < self.last:
            found.append(found[-1].after())
        return found


def span_of(kind: Kind, day: date) -> Span:
    """Return the span of that kind which *day* lies in."""
    if kind == "day":
        return Span(kind, day, day)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(kind, monday, monday + timedelta(days=6))
    if kind == "month":
        next_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return Span(kind, day.replace(day=1), next_month - timedelta(days=1))
    return Span(kind, day.replace(month=1, day=1), day.replace(month=12, day=31))


def spans_of(day: date) -> Iterator[Span]:
    """Yield all spans that *day* counts for."""
    yield span_of("day", day)
    for kind in KINDS:
        yield span_of(kind, day)


def read(text: str) -> Span:
    """Return the span of that name. Raises ValueError, with the cure."""
    found = _GRAMMAR.fullmatch(text)
    try:
        if not found or int(found[1]) not in YEARS:
            raise ValueError(text)
        week, month, day = (int(part) if part else None for part in found.groups()[1:])
        return _named(int(found[1]), week, month, day)
    except ValueError:
        cure = "write for example 2026-W47, 2026-11 or 2026"
        raise ValueError(f'"{text[:40]}" is no week, month or year — {cure}') from None


def _named(year: int, week: int | None, month: int | None, day: int | None) -> Span:
    if week is not None:
        return span_of("week", date.fromisocalendar(year, week, 1))
    if day is not None:
        return span_of("day", date(year, month or 0, day))
    return (
        span_of("year", date(year, 1, 1))
        if month is None
        else span_of("month", date(year, month, 1))
    )


def day_of(moment: float, zone: tzinfo | None = None) -> date:
    """Return the day of *moment* (seconds since 1970) in *zone*; None: that of this machine."""
    return datetime.fromtimestamp(moment, zone).date()
