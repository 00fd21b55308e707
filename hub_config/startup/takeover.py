"""The lead: what becomes of each server that was there when the hub came up.

A server that listens is ready at once: nothing is asked of it, nor of the scheduler on its behalf.
One bulk query in all shows jobs that have ended meanwhile and jobs that the database does not
know. The hub waits for that query a moment, since routes of servers it does not know are removed
from the proxy when it starts, but it does not depend on it: unknown is not gone.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from jupyterhub.metrics import RUNNING_SERVERS

from hub_config.cluster.ledger import Entry
from hub_config.cluster.poller import Snapshot
from hub_config.runtime import KEY, Runtime
from hub_config.schedulers.base import Job
from hub_config.startup import answers, saved
from hub_config.startup.ending import end, watch_end
from hub_config.startup.leftover import LeftOver
from hub_config.startup.lost import Lost
from hub_config.startup.rebuild import rebuild
from hub_config.startup.resume import resume
from hub_config.startup.saved import uuid_of
from hub_config.startup.strays import Key, living

PATIENCE = 2.0
"""Seconds that the start of the hub waits for the scheduler."""
DOUBT = 20.0
"""Seconds after which a server of whose job nothing is known is ready all the same."""
PAUSE = 5.0
"""Seconds between two looks at what the scheduler said last."""


class Takeover:
    """The start of one hub, a BerthHub, and what has to be looked at from then on."""

    def __init__(self, hub: Any) -> None:
        self._hub = hub
        self._runtime: Runtime = hub.tornado_settings[KEY]
        self._lost, self._left_over = Lost(hub), LeftOver()
        self._adopted: list[Any] = []
        self._resumed: list[Any] = []
        # As early as there is a runtime: the answer comes while the rest of the hub is made.
        self._query = asyncio.create_task(self._runtime.poller.snapshot(0.0))

    async def begin(self) -> int:
        """Take every saved server over; return how many there are.

        All are there as spawners before anything is awaited, which JupyterHub asks for.
        """
        spawners = saved.load(self._hub.users, self._hub.db)
        snapshot = await self._first()
        lost = self._lost.servers(snapshot) if snapshot else {}
        alive = living(snapshot.jobs.values()) if snapshot else None
        for spawner in spawners:
            if (spawner.user.name, spawner.name) not in lost:
                self._settle(spawner, alive)
        self._end_rows_without_server()
        await self._bring_back(lost.values())
        RUNNING_SERVERS.set(self._hub.users.count_active_users()["active"])
        self._background = asyncio.create_task(self._go_on(snapshot))
        return len(spawners) + len(lost)

    async def _first(self) -> Snapshot | None:
        await asyncio.wait({self._query}, timeout=PATIENCE)
        return self._query.result() if self._query.done() else None

    def _settle(self, spawner: Any, alive: Mapping[Key, Job] | None) -> None:
        """Decide by what was saved. *alive* (None: not known) costs no server, only a moment."""
        uuid = uuid_of(spawner)
        entry = self._runtime.ledger.find(uuid) if uuid else None
        blocked = spawner.user.name in self._hub.authenticator.blocked_users
        if entry is None or entry.want_end or entry.ended is not None or blocked:
            end(self._hub, spawner)
        elif not listens(spawner, entry):
            self._learn_port(spawner, alive or {})
            resume(self._hub, spawner)
            self._resumed.append(spawner)
        else:
            self._adopt(spawner, alive is None or (uuid, spawner.user.name) in alive)

    def _learn_port(self, spawner: Any, alive: Mapping[Key, Job]) -> None:
        """Take the port from the queue, where the job told it to a hub of after this database."""
        job = alive.get((uuid_of(spawner), spawner.user.name))
        if job is not None and job.port:
            spawner.child_spawner.report(job.port)

    def _adopt(self, spawner: Any, alive: bool) -> None:
        watch_end(self._hub, spawner)
        if alive:
            spawner._check_pending = False
            self._adopted.append(spawner)
        else:
            asyncio.get_running_loop().call_later(DOUBT, _believe, spawner)

    def _end_rows_without_server(self) -> None:
        known = saved.uuids(self._hub.users)
        for entry in self._runtime.ledger.open():
            if entry.uuid not in known:
                self._runtime.watch.want_end(entry.uuid)

    async def _bring_back(self, jobs: Collection[Job]) -> None:
        for job in jobs:
            try:
                await self._bring_one_back(job)
            except Exception:
                self._hub.log.exception("Job %s of %s is left as it is", job.job_id, job.user)

    async def _bring_one_back(self, job: Job) -> None:
        old = self._lost.spawner(job)
        if old is not None and (replaced := uuid_of(old)):
            self._runtime.watch.want_end(replaced)
            old.child_spawner = None
        spawner = await rebuild(self._hub, job)
        text = "Job %s is the server %s, which the database had lost"
        self._hub.log.warning(text, job.job_id, spawner._log_name)
        self._settle(spawner, None)
        if spawner.ready and self._hub.http_server:
            await self._hub.proxy.add_user(spawner.user, spawner.name)
        await asyncio.sleep(0)  # a thousand of them must not keep the hub from answering

    async def _go_on(self, snapshot: Snapshot | None) -> None:
        await self._hub._start_future
        await answers.ask(self._hub, self._adopted)
        while snapshot is None:
            await asyncio.sleep(PAUSE)
            if snapshot := await self._runtime.poller.snapshot(0.0):
                for spawner in self._resumed:
                    self._learn_port(spawner, living(snapshot.jobs.values()))
                await self._bring_back(self._lost.servers(snapshot).values())
        while True:
            await asyncio.sleep(PAUSE)
            if self._runtime.poller.failing_since is not None:
                # Without servers nobody else would ask again, and learn that it answers.
                await self._runtime.poller.snapshot(0.0)
            try:
                self._tidy()
            except Exception:
                self._hub.log.exception("What nobody wants is looked for again in a moment")

    def _tidy(self) -> None:
        if latest := self._runtime.poller.latest:
            self._lost.end_unwanted(latest)
        spawners = (s for user in self._hub.users.values() for s in user.spawners.values())
        for spawner in self._left_over.among(spawners):
            self._hub.log.warning("%s has no job any more and goes", spawner._log_name)
            end(self._hub, spawner)


def listens(spawner: Any, entry: Entry) -> bool:
    """Return whether the start was over: JupyterHub saves the address after it."""
    server = spawner.orm_spawner.server
    host = str(server.ip or "").strip("[]").lower()
    return bool(entry.port) and (host, server.port) == (entry.host.lower(), entry.port)


def _believe(spawner: Any) -> None:
    spawner._check_pending = False
