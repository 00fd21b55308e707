"""The statistics as CSV, for spreadsheets (RFC 4180)."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

from sqlalchemy import Connection

from services.usage.figures import chart, failures, lines, people, waits
from services.usage.spans import Span
from services.usage.store import Store
from services.usage.sums import BY, By

Rows = Iterator[tuple[Any, ...]]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes the rest of a cell for a formula after.

https://owasp.org/www-community/attacks/CSV_Injection
"""


def _lines(by: By) -> Callable[[Connection, Span], Rows]:
    def rows(connection: Connection, span: Span) -> Rows:
        yield ("span", by, "starts", "ready", "failed")
        for line in lines(connection, span, by):
            yield (span, line.name, line.starts, line.ready, line.failed)

    return rows


def _parts(connection: Connection, span: Span) -> Rows:
    found = chart(connection, span)
    yield ("span", "part", "application", "starts")
    for application, starts in found.rows.items():
        for part, number in zip(found.parts, starts, strict=True):
            yield (span, part, application, number)


def _waits(connection: Connection, span: Span) -> Rows:
    yield ("span", "partition", "ready", "p50_seconds", "p95_seconds")
    for wait in waits(connection, span):
        yield (span, wait.partition, wait.starts, wait.p50, wait.p95)


def _failures(connection: Connection, span: Span) -> Rows:
    yield ("span", "failure", "servers")
    for failure in failures(connection, span):
        yield (span, failure.outcome, failure.servers)


def _people(connection: Connection, span: Span) -> Rows:
    yield ("span", "user", "starts", "failed")
    for person in people(connection, span):
        yield (span, person.name, person.starts, person.failed)


OPEN: Mapping[str, Callable[[Connection, Span], Rows]] = {
    **{by: _lines(by) for by in BY},
    "part": _parts,
    "waiting": _waits,
    "failure": _failures,
}
"""What everybody may have who sees the statistics."""

NAMED: Mapping[str, Callable[[Connection, Span], Rows]] = {"user": _people}
"""What only admins may have."""


def sheet(store: Store, span: Span, rows: Callable[[Connection, Span], Rows]) -> str:
    """Return the rows of *span*."""
    with store.reading() as connection:
        return written(rows(connection, span))


def written(rows: Iterable[tuple[Any, ...]]) -> str:
    """Return *rows* as CSV, in which no cell is a formula."""
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([*map(_cell, row)] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
