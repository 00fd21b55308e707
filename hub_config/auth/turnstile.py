"""Lets password checks through a few at a time, and none for those who failed too often.

Checks are slow on purpose and block, so they run in threads of their own; what waits for a
thread is bounded too. Standard library only.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from hub_config.auth.limits import Clock, LoginLimits
from hub_config.auth.protocol import Why

MAX_WAITING = 64
"""Checks waiting for a thread; one more is told ``Why.BUSY`` at once."""

Check = Callable[[], Why | None]


class Turnstile:
    """*threads* checks at a time, *waiting* more in line. Used from one event loop."""

    def __init__(self, threads: int, clock: Clock = monotonic, waiting: int = MAX_WAITING) -> None:
        self._max_waiting = waiting
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="login")
        self._free = asyncio.Semaphore(threads)
        self._limits = LoginLimits(clock)
        self._waiting = 0

    async def run(self, user: str, source: str, check: Check) -> Why | None:
        """Return what *check* says of *user*'s password, or LIMIT or BUSY without asking it."""
        if self._waiting >= self._max_waiting:
            return Why.BUSY
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._run_limited(user, source, check)
        finally:
            self._free.release()

    async def _run_limited(self, user: str, source: str, check: Check) -> Why | None:
        # Counted before it is known to fail, or a burst of tries would all pass the limit.
        if not self._limits.begin(user, source):
            return Why.LIMIT
        why = await asyncio.get_running_loop().run_in_executor(self._threads, check)
        if why in (None, Why.BUSY):
            self._limits.take_back(user, source)
        return why
