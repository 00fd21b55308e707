"""One snapshot of the queue for every server of the hub: one query in flight, shared by all.

A failed query changes nothing: the last good snapshot stays and ``failing_since`` says
since when. So a job is missing only where a complete, successful query did not list it.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub_config.schedulers.base import Job, SchedulerError

log = logging.getLogger("berth.poller")

BURST, PER_MINUTE = 10, 40
"""Queries that may follow each other at once, and how many a minute may follow those: never
more than 50 in any minute, whoever waits for what."""
RESPECT = 5
"""The scheduler is left alone for so many times as long as its last answer took."""
RETRY = 10.0
"""Seconds after a failure within which it is asked again."""
SLOW = 5.0
"""Seconds after which a query under way counts as one that fails."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All our jobs at one moment. ``asked``: monotonic seconds when the query was sent."""

    number: int
    asked: float
    jobs: Mapping[str, Job]
    by_uuid: Mapping[str, tuple[Job, ...]] = field(init=False)

    def __post_init__(self) -> None:
        found = defaultdict[str, tuple[Job, ...]](tuple)
        for job in self.jobs.values():
            found[job.uuid] += (job,)
        object.__setattr__(self, "by_uuid", dict(found))


class Poller:
    """Asks at most once at a time, and no more often than the scheduler can bear."""

    def __init__(self, ask: Callable[[], Awaitable[Mapping[str, Job]]]) -> None:
        self._ask = ask
        self._query: asyncio.Task[None] | None = None
        self._sent: float | None = None
        self._not_before = 0.0
        self._tokens, self._filled = float(BURST), time.monotonic()
        self._failures = 0
        self._failed: float | None = None
        self.latest: Snapshot | None = None

    @property
    def failing_since(self) -> float | None:
        """Since when (monotonic seconds) the scheduler does not answer; None: it does."""
        if self._failed is None and self._sent and time.monotonic() - self._sent > SLOW:
            return self._sent
        return self._failed

    @property
    def silent_since(self) -> datetime | None:
        """``failing_since`` by the clock on the wall, for people."""
        since = self.failing_since
        if since is None:
            return None
        return datetime.now().astimezone() - timedelta(seconds=time.monotonic() - since)

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
        await asyncio.sleep(max(self._not_before - time.monotonic(), self._token_in()))
        self._tokens -= 1
        asked = self._sent = time.monotonic()
        try:
            self._succeeded(asked, await self._ask())
        except SchedulerError as error:
            self._failed_now(asked, error)
        finally:
            self._sent = None

    def _succeeded(self, asked: float, jobs: Mapping[str, Job]) -> None:
        if self._failed is not None:
            log.warning("The scheduler answers again after %.0f s", asked - self._failed)
        self._failed, self._failures = None, 0
        number = self.latest.number + 1 if self.latest else 1
        self.latest = Snapshot(number, asked, jobs)
        now = time.monotonic()
        self._not_before = now + RESPECT * (now - asked)

    def _failed_now(self, asked: float, error: SchedulerError) -> None:
        if self._failed is None:
            log.warning("The scheduler does not answer, servers stay as they are: %s", error)
            self._failed = asked
        self._failures += 1
        self._not_before = time.monotonic() + min(RETRY, 2.0 ** (self._failures - 1))

    def _token_in(self) -> float:
        """Fill the bucket and return in how many seconds it has a token."""
        now, rate = time.monotonic(), PER_MINUTE / 60
        self._tokens = min(float(BURST), self._tokens + (now - self._filled) * rate)
        self._filled = now
        return max(0.0, (1 - self._tokens) / rate)
