"""The child spawner: one batch job, from its intent to proof of its end."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from batchspawner import BatchSpawnerBase
from jupyterhub.spawner import SpawnException
from jupyterhub.utils import wait_for_http_server
from traitlets import Any as AnyTrait
from traitlets import Unicode, default

from hub_config import journal
from hub_config.cluster import words
from hub_config.cluster.sight import ENDED, Sight
from hub_config.model.request import InvalidField, JobRequest
from hub_config.runtime import KEY, Runtime
from hub_config.schedulers.base import Job, Refused, SchedulerError, Unanswered


class SpawnRefused(SpawnException):  # type: ignore[misc]  # untyped upstream
    """A start that will not happen; ``message`` is for the user, ``errors`` is field by field."""

    def __init__(self, message: str, *, reason: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message, reason=reason)
        self.errors = errors or {}
        # jupyterhub/utils.py format_exception reads this attribute and no other.
        self.jupyterhub_message = message


class BatchJob(BatchSpawnerBase):  # type: ignore[misc]  # untyped upstream
    """A job seen through the hub's one snapshot; commands go through the agent.

    Of batchspawner's base this keeps the place in the class tree, ``job_id`` and the names
    of the three verbs; its commands, templates and regular expressions are not used.
    """

    token_hash = Unicode()
    host = Unicode()
    request = AnyTrait(None, allow_none=True)
    personal: Mapping[str, str] = MappingProxyType({})
    """Variables that only this user's job has: submitted, never saved."""

    _sight: Sight
    _submission: asyncio.Task[None] | None = None
    _tidying: asyncio.Task[None] | None = None
    _reported: asyncio.Event
    _waiting = False

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._watch("")

    @default("log")
    def _named_log(self) -> journal.ServerLog:
        return journal.log_of(self)

    @property
    def berth(self) -> Runtime:
        runtime: Runtime = self.user.settings[KEY]
        return runtime

    @property
    def uuid(self) -> str:
        """The job's own name, chosen before it is submitted; empty: there is no job."""
        return self._sight.uuid

    def intend(self, request: JobRequest, token_hash: str) -> None:
        """Settle what will be submitted, before anything is: state saved now can be adopted."""
        self.request, self.token_hash = request, token_hash
        self.job_id, self.host, self.port = "", "", 0
        self._watch(uuid4().hex)
        self._reported, self._waiting = asyncio.Event(), True

    def _watch(self, uuid: str) -> None:
        owner = self.user.name if self.berth.many_accounts else None
        self._sight = Sight(self.berth.poller, uuid, owner, self.job_id)

    def report(self, port: int) -> bool:
        """Take the port the job listens on; False: too late, and it is another port."""
        if not self._waiting:
            return port == self.port
        self.port, self._waiting = port, False
        self._reported.set()
        return True

    async def launch(self, env: dict[str, str], report_url: str) -> tuple[str, int]:
        """Submit, wait until the job runs and listens, return (host, port).

        Raises SpawnRefused with the scheduler's words when it refuses or the job dies.
        """
        self._submission = asyncio.create_task(self._submit(env, report_url))
        try:
            # A start that is given up must not lose the id of a job already accepted.
            await asyncio.shield(self._submission)
        except Refused as error:
            raise SpawnRefused(str(error), reason="submit") from error
        except Unanswered as error:
            message = f"The scheduler does not answer just now: {error}"
            raise SpawnRefused(message, reason="scheduler") from error
        try:
            self.host = await asyncio.wait_for(self._wait(), self.request.start_timeout)
        except TimeoutError as error:
            limit = self.request.start_timeout
            message = words.too_late(self.job_id, await self.look(60.0), limit)
            raise SpawnRefused(message, reason="timeout") from error
        self.log.info("Listens on %s:%i", self.host, self.port)
        return self.host, self.port

    async def _submit(self, env: dict[str, str], report_url: str) -> None:
        client, user, sight = self.berth.client, self.user.name, self._sight
        try:
            request = self.request.with_variables(self.personal)
            job_id = await client.submit(user, self.uuid, request, env, report_url)
            self.job_id = sight.job_id = job_id
        finally:
            sight.submitted()
        self.log.info("Submitted")

    async def _wait(self) -> str:
        """Return the host once the job runs and has reported its port."""
        started, job = time.monotonic(), None
        while not (self._reported.is_set() and job is not None and job.host):
            waited = time.monotonic() - started
            age = 0.0 if self._reported.is_set() else min(5.0, 1 + waited / 60)
            job = await self.look(age)
            if job is not None and job.phase in ENDED:
                raise SpawnRefused(words.ended_early(job), reason="job")
            # A node's name is not forgotten, so the report alone can end the wait.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._reported.wait(), age)
            await asyncio.sleep(0.05)
        return job.host

    async def boot(self, url: str) -> None:
        """Return when the server at *url* answers. Raises SpawnRefused if it dies or is too slow.

        JupyterHub waits for the answer too, but does not look at the job meanwhile, and has no
        words for the user (jupyterhub/user.py, User._wait_up).
        """
        limit = self.request.http_timeout
        answer = asyncio.create_task(wait_for_http_server(url, timeout=limit))
        end = asyncio.create_task(self._end())
        try:
            # Its own timeout does not end a request that is taken and never answered.
            async with asyncio.timeout(limit):
                await asyncio.wait({answer, end}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise SpawnRefused(words.ended_early(end.result()), reason="job")
            answer.result()
        except TimeoutError as error:
            message = words.no_answer(self.job_id, self.host, limit)
            raise SpawnRefused(message, reason="http") from error
        finally:
            answer.cancel()
            end.cancel()

    async def _end(self) -> Job:
        """Return the job once it has ended."""
        while True:
            job = await self.look(1.0)
            if job is not None and job.phase in ENDED:
                return job
            await asyncio.sleep(1.0)

    async def look(self, max_age: float) -> Job | None:
        """Return the job as last seen (Sight.look); None: not known."""
        job = await self._sight.look(max_age)
        if job is not None:
            self.job_id, self.job_status = job.job_id, job.state
        return job

    async def poll(self) -> int | None:
        """Return None while the job may live, else 0 or 1. Never raises: unknown is not gone."""
        if self._submission is not None and not self._submission.done():
            return None
        if not self.uuid:
            return 0
        if self._submission and isinstance(self._submission.exception(), Refused):
            return 1
        job = await self.look(self.berth.site.scheduler.poll_interval)
        if job is None or job.phase not in ENDED:
            return None
        if self._tidying is None and self.job_id:
            self.log.info("The job ended by itself: %s", words.state(job) or "it is gone")
            # The job ended by itself: cancelling it once more removes its spawn file.
            self._tidying = asyncio.create_task(self._cancel())
        return 0 if job.state == "COMPLETED" else 1

    async def stop(self, now: bool = False) -> None:
        """End the job and return when the scheduler says it has ended; never raises.

        The hub shows "stopping" for as long as this takes (jupyterhub/user.py User.stop
        forgets the server as soon as this returns or raises).
        """
        await self._settle_submission()
        pause = 0.5
        while True:
            if self.job_id:
                await self._cancel()
            job = await self.look(0.0)
            if job is not None and job.phase in ENDED:
                return
            await asyncio.sleep(pause)
            pause = min(30.0, pause * 1.5)

    async def _settle_submission(self) -> None:
        if self._submission is None:
            return
        try:
            await asyncio.shield(self._submission)
        except SchedulerError as error:
            self.log.info("The submission ended without a job id: %s", error)

    async def _cancel(self) -> None:
        try:
            await self.berth.client.cancel(self.user.name, self.job_id, self.uuid)
        except SchedulerError as error:
            self.log.warning("The job cannot be cancelled yet: %s", error)

    async def progress(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what the waiting page shows: the scheduler's state and reason as they change."""
        shown = ""
        while True:
            job = await self.look(5.0) if self.job_id else None
            message, percent = words.progress(job, reported=bool(self.port))
            if message != shown:
                shown = message
                yield {"progress": percent, "message": message}
            await asyncio.sleep(1)

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
        self.job_id = str(state.get("job_id", ""))
        self.host = str(state.get("host", ""))
        self.port = int(state.get("port", 0))
        self.token_hash = str(state.get("token_hash", ""))
        self._watch(str(state.get("uuid", "")))
        try:
            self.request = JobRequest.from_json(state.get("request"))
        except InvalidField as error:
            self.log.warning("The saved request is not used: %s", error)
            self.request = None
