"""What the statistics say of a span: read from the sums, never counted anew."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, case, desc, func, select

from services.usage.spans import Span
from services.usage.store import Read, Store, read_so_far
from services.usage.sums import BY, By
from services.usage.tables import ACTIVE, COUNTS, PEOPLE, SERVERS, WAITS

_EACH: By = "application"
"""By any of them each server counts once."""

DAYS = (1, 7, 30)
DAY = 86400
MOST_PEOPLE = 20
"""The page names no more; the sheet has all."""

LONGEST_WAIT = 30.0 * DAY
"""Seconds: no site can set a longer time for a server to become ready (``start_timeout``)."""


@dataclass(frozen=True, slots=True)
class Line:
    """How many servers were asked for, became ready, failed; of an application, a user, …"""

    name: str
    starts: int
    ready: int
    failed: int


@dataclass(frozen=True, slots=True)
class Wait:
    """How long servers of a partition took, from the start that was asked for to ready (s)."""

    partition: str
    starts: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Failure:
    """How many servers ended in which way that is none to end in."""

    outcome: str
    servers: int


@dataclass(frozen=True, slots=True)
class Person:
    """How many servers somebody asked for, and how many of them failed."""

    name: str
    starts: int
    failed: int


@dataclass(frozen=True, slots=True)
class Now:
    """How it stands: servers, and people who asked for one within so many days."""

    running: int
    starting: int
    active: dict[int, int]


@dataclass(frozen=True, slots=True)
class Chart:
    """Starts per application (one row each) in each part of a span."""

    parts: tuple[Span, ...]
    rows: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the page shows."""

    span: Span
    read: Read
    total: Line
    by: dict[By, list[Line]]
    waits: list[Wait]
    failures: list[Failure]
    chart: Chart
    now: Now
    people: list[Person] | None
    """None: not for whoever asks."""


def figures(store: Store, span: Span, names: bool, now: float | None = None) -> Figures:
    """Return what there is to say of *span*, as of one moment; *names*: with those of people.

    Raises SQLAlchemyError.
    """
    with store.reading() as connection:
        by = {name: lines(connection, span, name) for name in BY}
        return Figures(
            span=span,
            read=read_so_far(connection),
            total=_total(by["application"]),
            by=by,
            waits=list(waits(connection, span)),
            failures=failures(connection, span),
            chart=chart(connection, span),
            now=standing(connection, time.time() if now is None else now),
            people=people(connection, span, MOST_PEOPLE) if names else None,
        )


def lines(connection: Connection, span: Span, by: By) -> list[Line]:
    """Return the starts by what *by* names, the most first."""
    name, starts = COUNTS.c.name, func.sum(COUNTS.c.starts).label("starts")
    query = (
        select(name, starts, func.sum(COUNTS.c.ready), func.sum(COUNTS.c.failed))
        .where(COUNTS.c.span == str(span), COUNTS.c.by == by)
        .group_by(name)
        .having(starts > 0)
        .order_by(desc(starts), name)
    )
    return [Line(str(row[0]), *map(int, row[1:])) for row in connection.execute(query)]


def _total(found: Iterable[Line]) -> Line:
    every = list(found)
    return Line(
        "",
        sum(line.starts for line in every),
        sum(line.ready for line in every),
        sum(line.failed for line in every),
    )


def waits(connection: Connection, span: Span) -> Iterator[Wait]:
    """Yield the times of waiting, by partition."""
    query = (
        select(WAITS.c.partition, WAITS.c.tenths, WAITS.c.starts)
        .where(WAITS.c.span == str(span), WAITS.c.starts > 0)
        .order_by(WAITS.c.partition, WAITS.c.tenths)
    )
    rows = connection.execute(query).all()
    for partition, group in groupby(rows, key=lambda row: row[0]):
        counted = [(tenths, starts) for _, tenths, starts in group]
        number = sum(starts for _, starts in counted)
        yield Wait(partition, number, percentile(counted, 50), percentile(counted, 95))


def percentile(counted: Sequence[tuple[int, int]], of: int) -> float:
    """Return the time (s) within which at least *of* in 100 were ready: the nearest rank.

    *counted*: tenths of a second, ascending, and how many there are of each.
    """
    rank = -(-of * sum(number for _, number in counted) // 100)
    for tenths, number in counted:
        rank -= number
        if rank <= 0:
            return tenths / 10
    raise ValueError("nothing was counted")


def failures(connection: Connection, span: Span) -> list[Failure]:
    """Return how servers failed, the most frequent first."""
    failed = func.sum(COUNTS.c.failed).label("failed")
    query = (
        select(COUNTS.c.outcome, failed)
        .where(COUNTS.c.span == str(span), COUNTS.c.by == _EACH)
        .group_by(COUNTS.c.outcome)
        .having(failed > 0)
        .order_by(desc(failed), COUNTS.c.outcome)
    )
    return [Failure(outcome, int(number)) for outcome, number in connection.execute(query)]


def chart(connection: Connection, span: Span) -> Chart:
    """Return the starts of each application in each part of *span*."""
    parts = tuple(span.parts())
    query = (
        select(COUNTS.c.name, COUNTS.c.span, func.sum(COUNTS.c.starts))
        .where(COUNTS.c.span.in_([str(part) for part in parts]), COUNTS.c.by == "application")
        .group_by(COUNTS.c.name, COUNTS.c.span)
    )
    found = {(name, part): int(n) for name, part, n in connection.execute(query)}
    names = sorted({name for name, part in found if found[name, part]})
    rows = {name: tuple(found.get((name, str(part)), 0) for part in parts) for name in names}
    return Chart(parts, rows)


def standing(connection: Connection, now: float) -> Now:
    """Return how it stands at *now*. Whose walltime is over does not run: its end was not told."""
    ready = func.sum(case((SERVERS.c.ready, 1), else_=0))
    until = SERVERS.c.at + func.coalesce(SERVERS.c.waited, LONGEST_WAIT) + SERVERS.c.walltime
    open_ = select(ready, func.count()).where(SERVERS.c.ended.is_(None), until >= now)
    running, every = connection.execute(open_).one()
    seen = [func.sum(case((ACTIVE.c.at >= now - days * DAY, 1), else_=0)) for days in DAYS]
    people = connection.execute(select(*seen).where(ACTIVE.c.at >= now - DAYS[-1] * DAY)).one()
    active = {days: int(number or 0) for days, number in zip(DAYS, people, strict=True)}
    return Now(int(running or 0), every - int(running or 0), active)


def weeks(store: Store, spans: Sequence[Span]) -> dict[Span, Line]:
    """Return the sums of whole spans."""
    sums = [func.sum(COUNTS.c[name]) for name in ("starts", "ready", "failed")]
    names = [str(span) for span in spans]
    each = select(COUNTS.c.span, *sums).where(COUNTS.c.span.in_(names), COUNTS.c.by == _EACH)
    query = each.group_by(COUNTS.c.span)
    with store.reading() as connection:
        found = {row[0]: tuple(map(int, row[1:])) for row in connection.execute(query)}
    return {span: Line(str(span), *found.get(str(span), (0, 0, 0))) for span in spans}


def people(connection: Connection, span: Span, most: int | None = None) -> list[Person]:
    """Return who asked for servers in *span*, the most first: for admins only."""
    query = (
        select(PEOPLE.c.user, PEOPLE.c.starts, PEOPLE.c.failed)
        .where(PEOPLE.c.span == str(span), PEOPLE.c.starts > 0)
        .order_by(desc(PEOPLE.c.starts), PEOPLE.c.user)
        .limit(most)
    )
    return [Person(*row) for row in connection.execute(query)]
