"""The agent's verbs as typed calls: submit, cancel, note, log, and the queries."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub_config.cluster.transport import Transport
from hub_config.model.request import JobRequest
from hub_config.schedulers.base import (
    Ending,
    Enforced,
    Job,
    Membership,
    Partition,
    Place,
    Reply,
    Reservation,
    Scheduler,
    Share,
    Unanswered,
)

AT_ONCE = 200
"""Job ids in one question to the accounting, as many as the agent takes."""


@dataclass(frozen=True, slots=True)
class Home:
    """A home directory; ``path`` empty: no such account. ``real`` is where links lead to."""

    path: str
    real: str
    there: bool


_NOWHERE = "http://localhost/"
"""The report address of a dry run, from which nothing is started."""


class Client:
    """One scheduler behind one agent. Every call raises Refused or Unanswered."""

    def __init__(self, transport: Transport, scheduler: Scheduler) -> None:
        self._transport = transport
        self._scheduler = scheduler

    async def submit(
        self,
        user: str,
        uuid: str,
        server: str,
        request: JobRequest,
        env: Mapping[str, str],
        report_url: str,
    ) -> str:
        """Queue the job of *user* and return its id. *env* goes into the job's 0600 spawn file."""
        message = _submission(user, uuid, server, request, env, report_url)
        return self._scheduler.read_submit(await self._transport.ask(message))

    async def estimate(self, user: str, uuid: str, request: JobRequest) -> str:
        """Return the start that the scheduler expects for a job that nobody submits; "": none."""
        message = _submission(user, uuid, "", request, {}, _NOWHERE, dry_run=True)
        return self._scheduler.read_estimate(await self._transport.ask(message))

    async def cancel(self, user: str, job_id: str, uuid: str) -> None:
        """End the job as its owner; an unknown job is none to end.

        *job_id* may be empty where the scheduler finds jobs by our name; elsewhere: Refused.
        """
        message = {"verb": "cancel", "user": user, "job_id": job_id, "uuid": uuid}
        self._scheduler.read_cancel(await self._transport.ask(message))

    async def note(self, user: str, job_id: str, uuid: str, server: str, port: int) -> None:
        """Write beside the job where its server listens; nothing where that cannot be."""
        if self._scheduler.note(job_id, uuid, server, port) is None:
            return
        message = {"verb": "note", "user": user, "job_id": job_id, "uuid": uuid}
        reply = await self._transport.ask({**message, "server": server, "port": port})
        self._scheduler.read_note(reply)

    async def log(self, user: str, job_id: str, log_name: str) -> str:
        """Return the last lines of the job's log; empty: there is none."""
        message = {"verb": "log", "user": user, "job_id": job_id, "log_name": log_name}
        return (await self._transport.ask(message)).out

    async def endings(self, job_ids: tuple[str, ...]) -> dict[str, Ending]:
        """Return how jobs ended, by id; none where there is no accounting."""
        if not job_ids or self._scheduler.endings(job_ids) is None:
            return {}
        found: dict[str, Ending] = {}
        for begin in range(0, len(job_ids), AT_ONCE):
            some = list(job_ids[begin : begin + AT_ONCE])
            found |= self._scheduler.read_endings(await self._query("endings", job_ids=some))
        return found

    async def queue(self) -> dict[str, Place]:
        """Return the places of all pending jobs by id; none where nobody has to wait."""
        if self._scheduler.queue() is None:
            return {}
        reply = await self._query("queue")
        # Tens of thousands of rows on a large cluster: nobody's page waits for their reading.
        return await asyncio.to_thread(self._scheduler.read_queue, reply)

    async def jobs(self) -> dict[str, Job]:
        """Return every job of ours by id, the recently ended included."""
        return self._scheduler.read_jobs(await self._query("jobs"))

    async def partitions(self) -> dict[str, Partition]:
        """Return all partitions by name."""
        return self._scheduler.read_partitions(await self._query("partitions"))

    async def reservations(self) -> tuple[Reservation, ...] | None:
        """Return active and coming reservations; None: this scheduler has none."""
        if self._scheduler.reservations() is None:
            return None
        return self._scheduler.read_reservations(await self._query("reservations"))

    async def memberships(self, user: str) -> tuple[Membership, ...] | None:
        """Return the accounts of *user*; None: this scheduler has no accounts."""
        if self._scheduler.memberships(user) is None:
            return None
        reply = await self._query("memberships", user=user)
        return self._scheduler.read_memberships(reply, user)

    async def shares(self, user: str) -> tuple[Share, ...]:
        """Return what the accounts of *user* may use and have used; none: nobody counts it."""
        if self._scheduler.shares(user) is None:
            return ()
        reply = await self._query("shares", user=user)
        # Every account of the cluster is in it: nobody's page waits for its reading.
        return await asyncio.to_thread(self._scheduler.read_shares, reply)

    async def enforcement(self) -> Enforced:
        """Return what the scheduler does about budgets."""
        if self._scheduler.enforcement() is None:
            return "no"
        return self._scheduler.read_enforcement(await self._query("enforcement"))

    async def home(self, user: str) -> Home:
        """Return the home directory of *user*."""
        return _read_home(await self._query("home", user=user))

    async def _query(self, what: str, **extra: Any) -> Reply:
        return await self._transport.ask({"verb": "query", "what": what, **extra})


def _read_home(reply: Reply) -> Home:
    try:
        told = json.loads(reply.out)
        return Home(told.get("home", ""), told.get("real", ""), told.get("there") is True)
    except (ValueError, AttributeError) as error:
        raise Unanswered("berth-agent told nothing of the home directory") from error


def _submission(
    user: str,
    uuid: str,
    server: str,
    request: JobRequest,
    env: Mapping[str, str],
    report_url: str,
    dry_run: bool = False,
) -> dict[str, Any]:
    return {
        "verb": "submit",
        "user": user,
        "uuid": uuid,
        "server": server,
        "request": request.to_json(),
        "spawn": {"env": dict(env), "report_url": report_url},
        "dry_run": dry_run,
    }
