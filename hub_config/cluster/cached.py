"""A fact of the scheduler that is served stale rather than late.

One that is too old is fetched in the background while the old one is served; one never seen is
waited for only briefly; one that cannot be had leaves what was known, and is asked for again soon.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from hub_config.schedulers.base import SchedulerError

log = logging.getLogger("berth.facts")

PATIENCE = 0.7
"""Seconds a first look may take: JupyterHub gives the gate one second before it redirects
(jupyterhub/handlers/pages.py, SpawnHandler._wrap_spawn_single_user)."""

RETRY = 5.0
"""Seconds until a fact that could not be had is asked for again, or its age if that is less."""

_T = TypeVar("_T")


class Cached(Generic[_T]):
    """One fact: fetched on demand, at most once in *max_age* seconds, and never twice at a time."""

    def __init__(self, fetch: Callable[[], Awaitable[_T]], max_age: float) -> None:
        self._fetch = fetch
        self._max_age = max_age
        self._task: asyncio.Task[None] | None = None
        self._not_before = float("-inf")
        self._began = 0.0
        self._failing = False
        self.value: _T | None = None
        self.as_of: float | None = None
        """When the value was had, epoch seconds; None: never."""

    @property
    def stale(self) -> bool:
        """Whether the value is older than it should be, or there is none."""
        return self.as_of is None or time.time() - self.as_of > 2 * self._max_age

    def touch(self) -> None:
        """See to it that the value will be fresh, without waiting for it."""
        if self._task is None and time.monotonic() >= self._not_before:
            self._began = time.monotonic()
            self._task = asyncio.create_task(self._refresh())

    async def get(self) -> _T | None:
        """Return the fact, perhaps stale; None: not known (yet)."""
        self.touch()
        if self._task and self.as_of is None:
            # Whoever comes while a scheduler does not answer has nothing to gain by waiting.
            left = self._began + PATIENCE - time.monotonic()
            await asyncio.wait({self._task}, timeout=max(0.0, left))
        return self.value

    async def _refresh(self) -> None:
        pause = min(RETRY, self._max_age)
        try:
            self.value = await self._fetch()
        except SchedulerError as error:
            if not self._failing:
                log.warning("A fact could not be had from the scheduler: %s", error)
            self._failing = True
        else:
            self.as_of, self._failing, pause = time.time(), False, self._max_age
        finally:
            self._not_before, self._task = time.monotonic() + pause, None
