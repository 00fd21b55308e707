"""The child spawner: one batch job, from its intent to proof of its end."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any
from uuid import uuid4

from batchspawner import BatchSpawnerBase
from jupyterhub.spawner import SpawnException
from traitlets import Any as AnyTrait
from traitlets import Unicode

from hub_config.cluster.poller import Snapshot
from hub_config.model.request import InvalidField, JobRequest
from hub_config.model.units import format_walltime
from hub_config.runtime import KEY, Runtime
from hub_config.schedulers.base import Job, Phase, Refused, SchedulerError, Unanswered

_ENDED = (Phase.ENDED, Phase.ENDING)


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

    uuid = Unicode()
    token_hash = Unicode()
    host = Unicode()
    request = AnyTrait(None, allow_none=True)

    _submitted_at = 0.0
    _absent_in = 0
    _absences = 0
    _submission: asyncio.Task[str] | None = None
    _tidying: asyncio.Task[None] | None = None
    _reported: asyncio.Event
    _waiting = False

    @property
    def berth(self) -> Runtime:
        runtime: Runtime = self.user.settings[KEY]
        return runtime

    def intend(self, request: JobRequest, token_hash: str) -> None:
        """Settle what will be submitted, before anything is: state saved now can be adopted."""
        self.request, self.token_hash, self.uuid = request, token_hash, uuid4().hex
        self.job_id, self.host, self.port = "", "", 0
        self._absent_in = self._absences = 0
        self._reported, self._waiting = asyncio.Event(), True

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
            self.job_id = await asyncio.shield(self._submission)
        except Refused as error:
            raise SpawnRefused(str(error), reason="submit") from error
        except Unanswered as error:
            message = f"The scheduler does not answer just now: {error}"
            raise SpawnRefused(message, reason="scheduler") from error
        try:
            self.host = await asyncio.wait_for(self._wait(), self.request.start_timeout)
        except TimeoutError as error:
            raise SpawnRefused(await self._too_late(), reason="timeout") from error
        self.log.info(
            "Job %s of %s listens on %s:%i", self.job_id, self.user.name, self.host, self.port
        )
        return self.host, self.port

    async def _submit(self, env: dict[str, str], report_url: str) -> str:
        client, user = self.berth.client, self.user.name
        try:
            job_id = await client.submit(user, self.uuid, self.request, env, report_url)
        finally:
            self._submitted_at = time.monotonic()
        self.log.info("Submitted job %s for %s", job_id, user)
        return job_id

    async def _wait(self) -> str:
        """Return the host once the job runs and has reported its port."""
        started = time.monotonic()
        while True:
            age = (
                0.0 if self._reported.is_set() else min(5.0, 1 + (time.monotonic() - started) / 60)
            )
            job = await self.look(age)
            if job is not None and job.phase in _ENDED:
                raise SpawnRefused(_epitaph(job), reason="job")
            if self._reported.is_set() and job is not None and job.host:
                return job.host
            if self._reported.is_set():
                await asyncio.sleep(0.1)
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._reported.wait(), age)

    async def _too_late(self) -> str:
        job, limit = await self.look(60.0), format_walltime(self.request.start_timeout)
        state = f" (the scheduler says {_words(job)})" if job else ""
        return f"Job {self.job_id} was not ready after {limit}{state}. It is cancelled."

    async def look(self, max_age: float) -> Job | None:
        """Return the job as last seen; an ENDED one on proof of its absence; None: not known.

        Proof is two complete snapshots in a row, asked after the submission, without it.
        """
        snapshot = await self.berth.poller.snapshot(max_age)
        if snapshot is None:
            return None
        job = snapshot.jobs.get(self.job_id) or self._by_uuid(snapshot)
        if job is not None:
            self._absences = 0
            self.job_id = self.job_id or job.job_id
            self.job_status = job.state
            return job
        if snapshot.number != self._absent_in and snapshot.asked > self._submitted_at:
            self._absent_in, self._absences = snapshot.number, self._absences + 1
        return self._absent() if self._absences >= 2 else None

    def _by_uuid(self, snapshot: Snapshot) -> Job | None:
        """Return our job when its id never reached us. Comments are public: its owner counts."""
        for job in snapshot.jobs.values():
            ours = job.user == self.user.name or not self.berth.many_accounts
            if job.uuid == self.uuid and ours:
                return job
        return None

    def _absent(self) -> Job:
        return Job(
            job_id=self.job_id, uuid=self.uuid, user=self.user.name, phase=Phase.ENDED,
            state="", reason="",
        )  # fmt: skip

    async def poll(self) -> int | None:
        """Return None while the job may live, else 0 or 1. Never raises: unknown is not gone."""
        if self._submission is not None and not self._submission.done():
            return None
        if not self.uuid:
            return 0
        if self._submission and isinstance(self._submission.exception(), Refused):
            return 1
        job = await self.look(self.berth.site.scheduler.poll_interval)
        if job is None or job.phase not in _ENDED:
            return None
        if self._tidying is None and self.job_id:
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
            job = await self.look(0.3)
            if job is not None and job.phase in _ENDED:
                return
            if self.job_id:
                await self._cancel()
            elif job is None and self._absences >= 2:
                return
            await asyncio.sleep(pause)
            pause = min(30.0, pause * 1.5)

    async def _settle_submission(self) -> None:
        if self._submission is None:
            return
        try:
            self.job_id = await asyncio.shield(self._submission)
        except SchedulerError as error:
            self.log.info("Submission for %s ended without a job id: %s", self.user.name, error)

    async def _cancel(self) -> None:
        try:
            await self.berth.client.cancel(self.user.name, self.job_id, self.uuid)
        except SchedulerError as error:
            self.log.warning("Job %s cannot be cancelled yet: %s", self.job_id, error)

    async def progress(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what the waiting page shows: the scheduler's state and reason as they change."""
        shown = ""
        while True:
            job = await self.look(5.0) if self.job_id else None
            message, percent = _message(job)
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
        self.uuid = str(state.get("uuid", ""))
        self.host = str(state.get("host", ""))
        self.port = int(state.get("port", 0))
        self.token_hash = str(state.get("token_hash", ""))
        try:
            self.request = JobRequest.from_json(state.get("request"))
        except InvalidField as error:
            self.log.warning("The saved request of job %s is not used: %s", self.job_id, error)
            self.request = None


def _epitaph(job: Job) -> str:
    what = f"Job {job.job_id} ended before the server was ready"
    if not job.state:
        return f"{what}: the scheduler no longer lists it."
    return f"{what}: the scheduler says {_words(job)}."


def _words(job: Job) -> str:
    return f"{job.state} ({job.reason})" if job.reason else job.state


def _message(job: Job | None) -> tuple[str, int]:
    if job is None:
        return "Submitting the job to the scheduler", 10
    if job.phase is Phase.PENDING:
        reason = f": {job.reason}" if job.reason else ""
        begin = f", expected start {job.start.replace('T', ' ')}" if job.start else ""
        return f"Job {job.job_id} is waiting in partition {job.partition}{reason}{begin}", 30
    if job.phase is Phase.RUNNING:
        return "Cluster job running ... waiting to connect", 70
    return f"Job {job.job_id}: {job.state}", 50
