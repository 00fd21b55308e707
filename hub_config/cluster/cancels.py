"""The cancel queue: each job that is to end is cancelled, again and again, until it has ended.

That a cancel was accepted proves nothing, only a snapshot does. While the scheduler does not
answer queries it is not asked to cancel either; with its next answer all cancels are due.
"""

import asyncio
import logging
import time

from hub_config.cluster.client import Client
from hub_config.cluster.ledger import Entry
from hub_config.cluster.poller import Poller
from hub_config.schedulers.base import SchedulerError

log = logging.getLogger("berth.cancels")

AT_ONCE = 4
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
"""Seconds until a cancel is tried again."""


class Cancels:
    """Tries cancels, each of which is in the ledger as ``want_end``."""

    def __init__(self, client: Client, poller: Poller) -> None:
        self._client, self._poller = client, poller
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._due: dict[str, tuple[float, float]] = {}
        self._complaint = ""

    def attempt(self, entry: Entry) -> None:
        """Cancel the job in the background, unless that was tried just now."""
        due, _ = self._due.get(entry.uuid, (0.0, 0.0))
        if not entry.job_id or entry.uuid in self._tasks or time.monotonic() < due:
            return
        if self._poller.failing_since is None:
            self._begin(entry)

    def tidy(self, entry: Entry) -> None:
        """Have the agent remove what a job that ended by itself left behind: its spawn file."""
        if entry.job_id and entry.uuid not in self._tasks:
            self._begin(entry)

    def forget(self, uuid: str) -> None:
        """Take the job out of the queue."""
        self._due.pop(uuid, None)

    def _begin(self, entry: Entry) -> None:
        task = self._tasks[entry.uuid] = asyncio.create_task(self._try(entry))
        task.add_done_callback(lambda _task: self._tasks.pop(entry.uuid))

    async def _try(self, entry: Entry) -> None:
        try:
            async with self._slots:
                await self._client.cancel(entry.user, entry.job_id, entry.uuid)
        except SchedulerError as error:
            self._complain(f"Job {entry.job_id} cannot be cancelled yet: {error}", str(error))
        finally:
            _, last = self._due.get(entry.uuid, (0.0, FIRST_PAUSE / 2))
            pause = min(LONGEST_PAUSE, 2 * last)
            self._due[entry.uuid] = (time.monotonic() + pause, pause)

    def _complain(self, message: str, error: str) -> None:
        if error != self._complaint:
            log.warning("%s", message)
        self._complaint = error
