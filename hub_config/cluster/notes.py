"""Where each server listens, written beside its job in the queue.

So a hub whose database is lost finds its servers again: the queue says whose they are and where.
"""

import asyncio
import logging
import time

from hub_config.cluster.client import Client
from hub_config.cluster.ledger import Entry
from hub_config.schedulers.base import Job, Phase, SchedulerError

log = logging.getLogger("berth.notes")

AT_ONCE = 2
FIRST = 5.0
"""Seconds until a port is noted: when many start at once, that comes first."""
AGAIN, TRIES = 60.0, 5
"""Seconds between two tries, and how many there are."""


class Notes:
    """Writes them, in the background and one after another."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._tried: dict[str, tuple[float, int]] = {}

    def write(self, entry: Entry, job: Job) -> None:
        """Note the port of *entry* unless the queue shows it already, in *job*."""
        if not entry.port or job.port == entry.port or job.phase is not Phase.RUNNING:
            return
        due, tries = self._tried.setdefault(entry.uuid, (time.monotonic() + FIRST, 0))
        if tries >= TRIES or time.monotonic() < due:
            return
        self._tried[entry.uuid] = (time.monotonic() + AGAIN, tries + 1)
        task = asyncio.create_task(self._write(entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self, uuid: str) -> None:
        """The job has ended."""
        self._tried.pop(uuid, None)

    async def _write(self, entry: Entry) -> None:
        try:
            async with self._slots:
                await self._client.note(
                    entry.user, entry.job_id, entry.uuid, entry.server, entry.port
                )
        except SchedulerError as error:
            log.info("The port of job %s is not noted yet: %s", entry.job_id, error)
