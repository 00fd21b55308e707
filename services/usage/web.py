"""The addresses of the service: the page, its figures as CSV and as JSON."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from hub_config.said import said
from services.common.handlers import Api, Base, Page, Refused
from services.usage.figures import Figures, figures, weeks
from services.usage.follow import Follower
from services.usage.sheet import NAMED, OPEN, sheet
from services.usage.shown import (
    as_json,
    chart_data,
    heading,
    moment,
    names_of,
    number,
    seconds,
    time_zone,
)
from services.usage.spans import KINDS, Kind, Span, day_of, read, span_of
from services.usage.store import Store
from services.usage.words import failure

_T = TypeVar("_T")

WEEKS = 53
MOST_WEEKS = 530

SILENT = 60.0
"""Seconds without word from the hub after which the page says that it may be behind."""


@dataclass(frozen=True, slots=True)
class State:
    """What the handlers have in common."""

    store: Store
    follower: Follower


class Asked(Base):
    """What page, CSV and JSON have in common: who may see it, and which span is asked for."""

    state: State

    @property
    def names(self) -> bool:
        """Whether whoever asks may see names of people."""
        person = self.person
        return person is not None and person.kind == "user" and person.admin

    async def prepare(self) -> None:
        """Refuse people whom the site does not show its statistics."""
        await super().prepare()
        if self.person and self.told.usage.visible == "admins" and not self.names:
            raise Refused(403, said("Only admins see the statistics of this site."))

    def span(self) -> Span:
        """Return the week, month or year that is asked for; none: this week."""
        asked = {kind: found for kind in KINDS if (found := self.get_query_argument(kind, ""))}
        if len(asked) > 1:
            raise Refused(400, said("Ask for one week, month or year at a time."))
        for kind, text in asked.items():
            return self._read(kind, text)
        return self.today("week")

    def _read(self, kind: Kind, text: str) -> Span:
        try:
            span = read(text)
        except ValueError:
            span = None
        if span is None or span.kind != kind:
            raise Refused(400, said("This is no week, month or year. Write for example 2026-W47."))
        return span

    def today(self, kind: Kind) -> Span:
        """Return the span of that kind in which we are."""
        return span_of(kind, day_of(time.time(), self.state.store.zone))

    def kinds(self, span: Span) -> list[tuple[Kind, Span]]:
        """Return where the choice of week, month and year leads from *span*."""
        today = self.today("day").first
        day = today if span.first <= today <= span.last else span.first
        return [(kind, span_of(kind, day)) for kind in KINDS]

    async def look(self, question: Callable[..., _T], *arguments: Any) -> _T:
        """Return the answer of the database, during which others are served. Raises Refused."""
        try:
            return await asyncio.to_thread(question, self.state.store, *arguments)
        except SQLAlchemyError as error:
            raise Refused(
                503, said("The database of the statistics does not answer. Please try again.")
            ) from error

    async def figures(self) -> Figures:
        """Return what there is to say of the span that is asked for, to whoever asks."""
        return await self.look(figures, self.span(), self.names)

    def as_of(self, found: Figures) -> datetime | None:
        """Return up to when all is counted; None: nothing was ever."""
        at = max(found.read.at, self.state.follower.heard)
        return datetime.fromtimestamp(at, self.state.store.zone).astimezone() if at else None


class UsagePage(Asked, Page):
    """The page."""

    async def get(self) -> None:
        """Show a span."""
        found = await self.figures()
        as_of = self.as_of(found)
        await self.draw(
            "services/usage/usage.html",
            found=found,
            as_of=as_of,
            behind=as_of is not None and time.time() - as_of.timestamp() > SILENT,
            chart=chart_data(found.chart, self.told),
            failure=failure,
            heading=heading(found.span),
            kinds=self.kinds(found.span),
            moment=moment,
            now_span=self.today(found.span.kind),
            number=number,
            seconds=seconds,
            titles=names_of(self.told),
            zone=time_zone(self.state.store.zone),
        )


class Sheet(Asked, Page):
    """The figures as CSV."""

    async def get(self) -> None:
        """Answer with ``?by=application`` of a span."""
        by = self.get_query_argument("by", "application")
        if by in NAMED and not self.names:
            raise Refused(403, said("Names of people are for admins only."))
        rows = {**OPEN, **NAMED}.get(by)
        if rows is None:
            known = ", ".join([*OPEN, *(NAMED if self.names else ())])
            raise Refused(400, said("There is no such list. There are {known}.", known=known))
        span = self.span()
        text = await self.look(sheet, span, rows)
        self.set_header("Content-Type", "text/csv; charset=utf-8; header=present")
        self.set_header("Content-Disposition", f'attachment; filename="usage-{span}-{by}.csv"')
        self.finish(text)


class Summary(Asked, Api):
    """The figures as JSON."""

    async def get(self) -> None:
        """Answer with those of a span."""
        found = await self.figures()
        as_of = self.as_of(found)
        self.finish(as_json(found, self.told, as_of, time_zone(self.state.store.zone)))


class Weeks(Asked, Api):
    """The sums of many weeks."""

    limits: ClassVar[range] = range(1, MOST_WEEKS + 1)

    async def get(self) -> None:
        """Answer with those of the last ``?limit=``, this one first."""
        try:
            limit = int(self.get_query_argument("limit", str(WEEKS)))
        except ValueError:
            limit = 0
        if limit not in self.limits:
            raise Refused(400, said("Ask for 1 to {most} weeks.", most=MOST_WEEKS))
        spans = [self.today("week")]
        while len(spans) < limit:
            spans.append(spans[-1].before())
        found = await self.look(weeks, spans)
        sums = ({"starts": s.starts, "ready": s.ready, "failed": s.failed} for s in found.values())
        self.finish({"weeks": [{"week": str(w), **s} for w, s in zip(spans, sums, strict=True)]})
