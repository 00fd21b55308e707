"""The agent's verbs as typed calls: submit, cancel, and the queries."""

from collections.abc import Mapping
from typing import Any

from hub_config.cluster.transport import Transport
from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Job, Membership, Partition, Scheduler


class Client:
    """One scheduler behind one agent. Every call raises Refused or Unanswered."""

    def __init__(self, transport: Transport, scheduler: Scheduler) -> None:
        self._transport = transport
        self._scheduler = scheduler

    async def submit(
        self, user: str, uuid: str, request: JobRequest, env: Mapping[str, str], report_url: str
    ) -> str:
        """Queue the job of *user* and return its id. *env* goes into the job's 0600 spawn file."""
        message = {
            "verb": "submit",
            "user": user,
            "uuid": uuid,
            "request": request.to_json(),
            "spawn": {"env": dict(env), "report_url": report_url},
            "dry_run": False,
        }
        return self._scheduler.read_submit(await self._transport.ask(message))

    async def cancel(self, user: str, job_id: str, uuid: str) -> None:
        """End the job as its owner; an unknown job is none to end."""
        message = {"verb": "cancel", "user": user, "job_id": job_id, "uuid": uuid}
        self._scheduler.read_cancel(await self._transport.ask(message))

    async def jobs(self) -> dict[str, Job]:
        """Return every job of ours by id, the recently ended included."""
        return self._scheduler.read_jobs(await self._query("jobs"))

    async def partitions(self) -> dict[str, Partition]:
        """Return all partitions by name."""
        return self._scheduler.read_partitions(await self._query("partitions"))

    async def reservations(self) -> tuple[str, ...] | None:
        """Return the names of reservations; None: this scheduler has none."""
        if self._scheduler.reservations() is None:
            return None
        return self._scheduler.read_reservations(await self._query("reservations"))

    async def memberships(self, user: str) -> tuple[Membership, ...] | None:
        """Return the accounts of *user*; None: this scheduler has no accounts."""
        if self._scheduler.memberships(user) is None:
            return None
        return self._scheduler.read_memberships(await self._query("memberships", user=user))

    async def _query(self, what: str, **extra: str) -> Any:
        return await self._transport.ask({"verb": "query", "what": what, **extra})
