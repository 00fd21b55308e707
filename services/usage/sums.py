"""What one server adds to the sums, and what changes in them when it changes.

A change takes away what the server was before and adds what it is now, so that events that come
again, or correct an earlier one, leave each server counted once.
"""

from collections.abc import Hashable
from datetime import tzinfo
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Table

from services.usage.server import Server
from services.usage.spans import day_of, spans_of
from services.usage.tables import COUNTS, PEOPLE, WAITS

By = Literal["application", "profile", "partition"]
Key = tuple[Hashable, ...]
BY: tuple[By, ...] = ("application", "profile", "partition")
"""What servers are counted by."""

GRAINS = ((600, 1), (6000, 10), (36000, 100))
"""Below so many tenths of a second, how many make a step in which waiting is counted."""

COARSE = 600
"""The step beyond: minutes."""

QUARTER = 900
"""Seconds. Wherever people live, days begin with a quarter of an hour."""


Numbers = tuple[int, int, int]
_NUMBERS = ("starts", "ready", "failed")
_NOTHING: Numbers = (0, 0, 0)


class Sums:
    """Changes of the sums, by table and key: how many starts, ready, failed more."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._changes: dict[Table, dict[Key, Numbers]] = {COUNTS: {}, WAITS: {}, PEOPLE: {}}

    def change(self, before: Server | None, after: Server | None) -> None:
        """Note that *before* is now *after*."""
        for server, sign in ((before, -1), (after, 1)):
            if server is not None:
                self._note(server, (sign, sign * server.ready, sign * server.failed))

    def rows(self) -> dict[Table, list[dict[str, Any]]]:
        """Return what to add to which table."""
        rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in self._changes}
        for table, changes in self._changes.items():
            names = [column.name for column in table.primary_key]
            for key, numbers in sorted(changes.items(), key=_order):
                if any(numbers):
                    row = dict(zip(names, key, strict=True))
                    told = zip(_NUMBERS, numbers, strict=True)
                    rows[table].append(row | {name: n for name, n in told if name in table.c})
        return rows

    def _note(self, server: Server, numbers: Numbers) -> None:
        day, *spans = _spans(int(server.at // QUARTER), self._zone)
        for by in BY:
            for span in (day, *spans):
                self._add(COUNTS, (span, by, getattr(server, by), server.outcome), numbers)
        for span in spans:
            self._add(PEOPLE, (span, server.user), numbers)
            if server.waited is not None:
                self._add(WAITS, (span, server.partition, tenths(server.waited)), numbers)

    def _add(self, table: Table, key: Key, numbers: Numbers) -> None:
        changes = self._changes[table]
        known = changes.get(key, _NOTHING)
        changes[key] = (known[0] + numbers[0], known[1] + numbers[1], known[2] + numbers[2])


def _order(item: tuple[Key, Any]) -> str:
    return repr(item[0])  # one order for all who write: in PostgreSQL two would wait for each other


@lru_cache(maxsize=4096)
def _spans(quarter: int, zone: tzinfo | None) -> tuple[str, ...]:
    """Return the names of the spans that this quarter of an hour since 1970 counts for."""
    return tuple(str(span) for span in spans_of(day_of(quarter * QUARTER, zone)))


def tenths(seconds: float) -> int:
    """Return a time of waiting as it is counted: to a tenth of a second below a minute, to a
    second below ten minutes, to ten seconds below an hour, to a minute beyond."""
    found = round(seconds * 10)
    step = next((step for below, step in GRAINS if found < below), COARSE)
    return round(found / step) * step
