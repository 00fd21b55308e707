"""The child spawner: one batch job, from its intent to proof of its end."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from batchspawner import BatchSpawnerBase
from sqlalchemy.exc import SQLAlchemyError
from traitlets import Any as AnyTrait
from traitlets import Unicode, default

from hub_config import arrival, journal
from hub_config.cluster import words
from hub_config.cluster.autopsy import Verdict
from hub_config.cluster.happened import moment
from hub_config.cluster.ledger import Entry
from hub_config.cluster.told import tell
from hub_config.cluster.watch import Watched
from hub_config.model.request import InvalidField, JobRequest
from hub_config.refusal import SpawnRefused
from hub_config.runtime import KEY, Runtime
from hub_config.said import said
from hub_config.schedulers.base import Job, Refused, Unanswered

UNHEARD = said(
    "The hub was interrupted while it submitted the job, and the scheduler does not list it."
)
NO_DATABASE = said(
    "The hub cannot write to its database just now: try again later, or tell your centre."
)
REMEMBERED = 50
"""Lines of the waiting page's event log."""


class BatchJob(BatchSpawnerBase):  # type: ignore[misc]  # untyped upstream
    """A job seen through the hub's one snapshot; commands go through the agent.

    Of batchspawner's base this keeps the place in the class tree, ``job_id`` and the names
    of the three verbs; its commands, templates and regular expressions are not used.
    """

    uuid = Unicode(help="the job's own name, chosen before it is submitted; empty: there is none")
    token_hash = Unicode()
    host = Unicode()
    port: int
    request = AnyTrait(None, allow_none=True)
    personal: Mapping[str, str] = MappingProxyType({})
    """Variables that only this user's job has: submitted, never saved."""
    on_end: Callable[[], None] | None = None
    """Called when the job has ended, whatever else waits for that."""

    watched: Watched | None = None
    history: deque[tuple[float, str]]
    """What was told of the start, and when (epoch seconds)."""
    _submission: asyncio.Task[None] | None = None
    _reported: asyncio.Event

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._reported, self.history = asyncio.Event(), deque(maxlen=REMEMBERED)

    @default("log")
    def _named_log(self) -> journal.ServerLog:
        return journal.log_of(self)

    @property
    def berth(self) -> Runtime:
        runtime: Runtime = self.user.settings[KEY]
        return runtime

    @property
    def job(self) -> Job | None:
        """The job as the scheduler showed it last; None: not seen (yet)."""
        return self.watched.sight.job if self.watched else None

    @property
    def entry(self) -> Entry | None:
        """The job's row in the ledger, open or closed."""
        return self.berth.ledger.find(self.uuid) if self.uuid else None

    @property
    def over(self) -> bool:
        """Whether the job has provably ended, or none was ever submitted."""
        return self.watched is None or self.watched.over.is_set()

    # --- from the intent to a server that answers

    def intend(self) -> None:
        """Put what will be submitted into the ledger, before anything is.

        Raises SpawnRefused if it cannot be stored: a job nobody remembers must not be.
        """
        entry = self._new_entry()
        try:
            self.berth.ledger.intend(entry)
        except SQLAlchemyError as error:
            self.log.error("The intent cannot be stored: %s", error)
            raise SpawnRefused(NO_DATABASE, reason="database") from error
        self._follow()

    def _new_entry(self) -> Entry:
        return Entry(
            uuid=self.uuid,
            user=self.user.name,
            server=self.name,
            token_hash=self.token_hash,
            request=self.request.to_json() if self.request else {},
            job_id=self.job_id,
            host=self.host,
            port=self.port,
        )

    def _follow(self) -> None:
        self.watched = self.berth.watch.follow(self.uuid)
        if self.watched:
            self.watched.on_end = self._ended

    def _ended(self) -> None:
        entry = self.entry
        if entry is not None and not entry.want_end:
            self.log.info("The job ended by itself: %s", entry.state or "it is gone")
        if self.on_end is not None:
            self.on_end()

    async def launch(self, env: dict[str, str], report_url: str) -> tuple[str, int]:
        """Submit, wait until the job runs and listens, return (host, port).

        Raises SpawnRefused with the scheduler's words when it refuses or the job dies.
        """
        self._submission = asyncio.create_task(self._submit(env, report_url))
        doubt: str = ""
        try:
            # A start that is given up must not lose the id of a job already accepted.
            await asyncio.shield(self._submission)
        except Refused as error:
            self.berth.watch.close(self.uuid, Verdict(state="REFUSED", message=str(error)))
            raise SpawnRefused(str(error), reason="submit") from error
        except Unanswered as error:
            self.log.warning("Perhaps submitted, looking for it: %s", error)
            doubt = said("The scheduler does not answer just now: {words}", words=str(error))
        return await self._arrive(doubt)

    async def resume(self) -> tuple[str, int]:
        """Go on with a start that began under an earlier hub, as ``launch`` does."""
        return await self._arrive(UNHEARD)

    async def _submit(self, env: dict[str, str], report_url: str) -> None:
        if self.watched is None:
            return
        client, user, sight = self.berth.client, self.user.name, self.watched.sight
        sight.submitting()
        try:
            request = self.request.with_variables(self.personal)
            job_id = await client.submit(user, self.uuid, self.name, request, env, report_url)
            self.job_id = sight.job_id = job_id
            self.berth.ledger.submitted(self.uuid, job_id)
        finally:
            sight.submitted()
        self.log.info("Submitted")

    async def _arrive(self, doubt: str) -> tuple[str, int]:
        """Return (host, port) of the server. *doubt*: what to say if there is no job at all."""
        self.host = await arrival.listens(self, doubt)
        self.berth.ledger.listening(self.uuid, self.host, self.port)
        self.log.info("Listens on %s:%i", self.host, self.port)
        return self.host, self.port

    async def news(self) -> None:
        """Return when there is news: a report, a snapshot, or the end."""
        if self.watched is None:
            return
        report = () if self.port else (self._reported.wait(),)
        self._note(words.progress(self.job, bool(self.port))[0])
        await self.berth.watch.news(self.watched, *report)
        self.job_id = self.job_id or self.watched.sight.job_id

    @property
    def looked_for_in_vain(self) -> bool:
        """Whether a job whose submission had no answer is not in the queue, as far as is known.

        Should it turn up later the ledger still has it, and it is cancelled.
        """
        if self.watched is None or self.job_id:
            return False
        return self.watched.sight.absent or self.berth.poller.failing_since is not None

    def report(self, port: int) -> bool:
        """Take the port the job listens on; False: too late, or it is another port."""
        if self.port or self.over:
            return port == self.port
        self.port = port
        self.berth.ledger.listening(self.uuid, self.host, port)
        self._reported.set()
        if not (self.job and self.job.host):
            self.berth.watch.wake()
        return True

    async def boot(self, url: str) -> None:
        """Return when the server at *url* answers; raises SpawnRefused if it will not."""
        await arrival.answers(self, url)
        self.berth.ledger.ready(self.uuid, moment(self.job.start) if self.job else None)
        if self.watched:
            self.watched.relax()

    # --- poll, stop, progress

    async def poll(self) -> int | None:
        """Return None while the job may live, else 0 or 1. Never raises: unknown is not gone."""
        if not self.over:
            return None
        entry = self.entry
        return 0 if entry is None or entry.state == "COMPLETED" else 1

    async def stop(self, now: bool = False) -> None:
        """End the job and return when the scheduler says it has ended; never raises.

        The hub shows "stopping" for as long as this takes (jupyterhub/user.py User.stop
        forgets the server as soon as this returns or raises). That a job is to end is in the
        ledger, which follows one that was never heard of for longer than its user has to wait.
        """
        if not self.uuid:
            return
        self.berth.watch.want_end(self.uuid)
        if self._submission is not None:
            await asyncio.wait({self._submission})
        while not (self.over or self.looked_for_in_vain):
            await self.news()

    async def progress(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what the waiting page shows, whenever it is something new."""
        shown: dict[str, Any] = {}
        while True:
            event = self.event()
            news = {**event, "waiting": {**event.get("waiting", {}), "elapsed": 0}}
            if news != shown:
                shown = news
                yield event
            await asyncio.sleep(1)

    def event(self) -> dict[str, Any]:
        """Return how far the start is: JupyterHub's fields, and ``about`` for the page's rows."""
        entry, job = self.entry, self.job
        created = entry.created if entry else time.time()
        event = self.berth.queue.progress(job, created, bool(self.port))
        if since := self.berth.poller.silent_since:
            event["message"] = said(
                "The scheduler has not answered since {time}; waiting", time=f"{since:%H:%M}"
            )
        self._note(event["message"])
        place = self.berth.queue.seen(job)
        event["about"] = tell(job, place, self.request, created).to_json()
        return event

    def _note(self, message: str) -> None:
        if not self.history or self.history[-1][1] != message:
            self.history.append((time.time(), message))

    # --- state

    def get_state(self) -> dict[str, Any]:
        """Return all that is needed to find the job again; today's YAML is never asked."""
        return {
            "job_id": self.job_id,
            "uuid": self.uuid,
            "host": self.host,
            "port": self.port,
            "token_hash": self.token_hash,
            "request": self.request.to_json() if self.request else None,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over a saved state; a request of another version is dropped, the job is kept."""
        self.uuid = str(state.get("uuid", ""))
        self.job_id = str(state.get("job_id", ""))
        self.host = str(state.get("host", ""))
        self.port = int(state.get("port", 0))
        self.token_hash = str(state.get("token_hash", ""))
        try:
            self.request = JobRequest.from_json(state.get("request"))
        except InvalidField as error:
            self.log.warning("The saved request is not used: %s", error)
            self.request = None
        if self.uuid:
            self._take_over()

    def _take_over(self) -> None:
        """Follow the job; the ledger knows more of it than the state, which is saved less often."""
        entry = self.entry
        if entry is None:  # a database of before there was a ledger
            with suppress(SQLAlchemyError):
                self.berth.ledger.intend(self._new_entry())
        else:
            self.job_id, self.port = entry.job_id or self.job_id, entry.port or self.port
            self.host = entry.host or self.host
        self._follow()
