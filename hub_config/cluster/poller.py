"""One snapshot of the queue for every server of the hub: one query in flight, shared by all.

A failed query changes nothing: the last good snapshot stays and ``failing_since`` says
since when. So a job is missing only where a complete, successful query did not list it.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from hub_config.schedulers.base import Job, SchedulerError

log = logging.getLogger("berth.poller")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All our jobs at one moment. ``asked``: monotonic seconds when the query was sent."""

    number: int
    asked: float
    jobs: Mapping[str, Job]


class Poller:
    """Asks at most once at a time, and never sooner than five times the last query took."""

    def __init__(self, ask: Callable[[], Awaitable[Mapping[str, Job]]]) -> None:
        self._ask = ask
        self._query: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self.latest: Snapshot | None = None
        self.failing_since: float | None = None

    async def snapshot(self, max_age: float) -> Snapshot | None:
        """Return a snapshot asked for at most *max_age* seconds ago, or the last good one.

        Never raises for the scheduler's sake; None: no query has ever succeeded.
        """
        wanted = time.monotonic() - max_age
        if self.latest and self.latest.asked >= wanted:
            return self.latest
        if self._query is None or self._query.done():
            self._query = asyncio.create_task(self._refresh())
        # A caller that is cancelled must not take the query away from the others.
        await asyncio.shield(self._query)
        return self.latest

    async def _refresh(self) -> None:
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
        asked = time.monotonic()
        try:
            jobs = await self._ask()
        except SchedulerError as error:
            if self.failing_since is None:
                log.warning("The scheduler does not answer, servers stay as they are: %s", error)
            self.failing_since = self.failing_since or asked
        else:
            if self.failing_since is not None:
                log.warning("The scheduler answers again after %.0f s", asked - self.failing_since)
            self.failing_since = None
            number = self.latest.number + 1 if self.latest else 1
            self.latest = Snapshot(number, asked, jobs)
        took = time.monotonic() - asked
        self._not_before = asked + 6 * took
