"""The one loop that follows all jobs: a snapshot per round, for as long as any job is followed.

It follows every open row of the ledger, whether there is a server for it or not, puts jobs that
are to end to an end (``cancels``), finds out why a job ended (``autopsy``) and closes its row.
While nothing is followed there is no loop, and nobody asks the scheduler anything.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from hub_config.cluster.autopsy import Autopsy, Verdict
from hub_config.cluster.cancels import Cancels
from hub_config.cluster.client import Client
from hub_config.cluster.ledger import RETRY, Entry, Ledger
from hub_config.cluster.notes import Notes
from hub_config.cluster.poller import Poller, Snapshot
from hub_config.cluster.sight import LATE, Sight
from hub_config.schedulers.base import Job

log = logging.getLogger("berth.watch")

FIRST, SLOWEST = 1.0, 1.5
"""Seconds between two rounds when something has just begun to start or stop, and later on: with
all that is then asked about an end, a waiting page tells it within five seconds."""
HURRIED = 60.0
"""Seconds of waiting that add one second to a round."""


AGAIN = (5.0, 15.0)
"""Pauses before the accounting is asked again about an end that it has not told."""


@dataclass(eq=False, slots=True)
class Watched:
    """A job that is followed. ``over`` is set once its row is closed, with all that is known."""

    sight: Sight
    since: float | None = None
    """Since when (monotonic seconds) somebody waits for its start or its end; None: nobody."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    dying: bool = False
    on_end: Callable[[], None] | None = None

    def hasten(self) -> None:
        """Look more often from now on."""
        self.since = time.monotonic()

    def relax(self) -> None:
        """Look as often as at any other job."""
        self.since = None


class Watch:
    """Follows the jobs of one hub. *interval*: seconds between two rounds when nobody waits.

    *revoke* ends a token, given its hash; *late* and *many_accounts* as in Sight.
    """

    def __init__(
        self,
        poller: Poller,
        client: Client,
        ledger: Ledger,
        *,
        interval: float,
        revoke: Callable[[str], None],
        late: float = LATE,
        many_accounts: bool = True,
    ) -> None:
        self._poller, self._ledger, self._interval = poller, ledger, interval
        self._revoke, self._late, self._many_accounts = revoke, late, many_accounts
        self._cancels = Cancels(client, poller)
        self._autopsy = Autopsy(client)
        self._notes = Notes(client)
        self._watched: dict[str, Watched] = {}
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._round: asyncio.Future[Snapshot] | None = None
        self._taken_in = 0

    def start(self) -> None:
        """Follow what the ledger says is open."""
        for entry in self._ledger.open():
            self.follow(entry.uuid)

    def follow(self, uuid: str) -> Watched | None:
        """Return the job *uuid*, followed from now on; None: it is not open in the ledger."""
        if uuid in self._watched:
            return self._watched[uuid]
        entry = self._ledger.open_entry(uuid)
        if entry is None:
            return None
        owner = entry.user if self._many_accounts else None
        watched = self._watched[uuid] = Watched(Sight(uuid, owner, entry.job_id, self._late))
        if entry.want_end:
            watched.hasten()
        self.wake()
        return watched

    def want_end(self, uuid: str) -> None:
        """Cancel the job until it has ended; kept over restarts of the hub."""
        self._ledger.want_end(uuid)
        watched, entry = self.follow(uuid), self._ledger.open_entry(uuid)
        if watched is not None and entry is not None:
            watched.hasten()
            self._cancels.attempt(entry)
            self.wake()

    def wake(self) -> None:
        """Begin the next round now: a job has told something, or somebody begins to wait."""
        self._woken.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def round(self) -> Snapshot:
        """Return the next snapshot once it has been taken in; it may be long in coming."""
        if self._round is None:
            self._round = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._round)

    async def news(self, watched: Watched, *others: Coroutine[Any, Any, Any]) -> None:
        """Return with the next round, when the job is over, with one of *others*, or soon."""
        events = (self.round(), watched.over.wait(), *others)
        tasks = [asyncio.ensure_future(event) for event in events]
        try:
            await asyncio.wait(tasks, timeout=FIRST, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _run(self) -> None:
        while self._watched:
            self._woken.clear()
            try:
                await self._look()
            except Exception:
                log.exception("A round went wrong, the next one may not")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._pause())

    def _pause(self) -> float:
        now, followed = time.monotonic(), self._watched.values()
        if any(w.sight.missed for w in followed):
            return min(self._interval, FIRST)
        waits = [now - w.since for w in followed if w.since is not None]
        if not waits:
            return self._interval
        return min(self._interval, SLOWEST, FIRST + min(waits) / HURRIED)

    async def _look(self) -> None:
        snapshot = await self._poller.snapshot(0.0)
        self._ledger.catch_up()
        if snapshot is None or snapshot.number == self._taken_in:
            return
        self._taken_in = snapshot.number
        gone = [w for w in list(self._watched.values()) if self._sees_end(w, snapshot)]
        if gone:
            self._beside(self._bury(gone))
        if self._round is not None:
            self._round.set_result(snapshot)
            self._round = None

    def _sees_end(self, watched: Watched, snapshot: Snapshot) -> bool:
        """Take the snapshot in; return whether it shows that the job has ended just now."""
        if watched.dying:
            return False
        sight = watched.sight
        sight.see(snapshot)
        entry = self._ledger.open_entry(sight.uuid)
        if entry is None or sight.gone:
            watched.dying = True
            return True
        if sight.job_id != entry.job_id:
            self._ledger.submitted(sight.uuid, sight.job_id)
        elif entry.want_end:
            self._cancels.attempt(entry)
        elif sight.job is not None:
            self._notes.write(entry, sight.job)
        return False

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bury(self, gone: list[Watched]) -> None:
        try:
            await self._close_all(gone)
        except Exception:
            log.exception("An end was noticed and could not be dealt with; once more next round")
            for watched in gone:
                watched.dying = False

    async def _close_all(self, gone: list[Watched]) -> None:
        """Close the rows of jobs that have ended: at once if that was wanted, else with a cause."""
        unasked = []
        for watched in gone:
            entry, job = self._ledger.open_entry(watched.sight.uuid), watched.sight.job
            if entry is None or entry.want_end:
                self.close(watched.sight.uuid, Verdict(state=job.state if job else ""))
            else:
                unasked.append((entry, job))
        verdicts = await self._autopsy.verdicts(unasked) if unasked else []
        for (entry, _), verdict in zip(unasked, verdicts, strict=True):
            self.close(entry.uuid, verdict)
            self._cancels.tidy(entry)
        untold = [one for one, verdict in zip(unasked, verdicts, strict=True) if not verdict.told]
        if untold:
            self._beside(self._ask_again(untold))

    async def _ask_again(self, ended: list[tuple[Entry, Job | None]]) -> None:
        """Ask the accounting once more, which may be seconds behind the queue."""
        for pause in AGAIN:
            await asyncio.sleep(pause)
            closed = [(self._ledger.find(entry.uuid) or entry, job) for entry, job in ended]
            verdicts = await self._autopsy.verdicts(closed)
            for (entry, _), verdict in zip(closed, verdicts, strict=True):
                if verdict.told:
                    self._ledger.describe(entry.uuid, **verdict.words())
            ended = [one for one, verdict in zip(closed, verdicts, strict=True) if not verdict.told]
            if not ended:
                return

    def close(self, uuid: str, verdict: Verdict) -> None:
        """Close the row of a job that has ended, or that never came to be."""
        if entry := self._ledger.open_entry(uuid):
            self._ledger.ended(uuid, **verdict.words())
            self._end_token(entry.token_hash)
        self._cancels.forget(uuid)
        self._notes.forget(uuid)
        if watched := self._watched.pop(uuid, None):
            watched.over.set()
            if watched.on_end is not None:
                watched.on_end()

    def _end_token(self, token_hash: str) -> None:
        try:
            self._revoke(token_hash)
        except SQLAlchemyError as error:
            log.error("A token still counts whose job has ended; tried again: %s", error)
            self._beside(self._end_token_later(token_hash))

    async def _end_token_later(self, token_hash: str) -> None:
        await asyncio.sleep(RETRY)
        self._end_token(token_hash)
