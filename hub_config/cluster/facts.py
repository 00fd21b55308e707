"""What the scheduler says about partitions, reservations and a user's accounts, cached.

A page never waits long for the scheduler: a fact too old is fetched in the background while
the old one is served, and a fact never seen is waited for only briefly.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from hub_config.cluster.client import Client
from hub_config.model.offer import NodeFacts, Person
from hub_config.schedulers.base import Membership, Partition, SchedulerError

log = logging.getLogger("berth.facts")

PARTITIONS_AGE, ACCOUNTS_AGE = 60.0, 300.0
PATIENCE = 0.7
"""Seconds a first look may take: JupyterHub gives the gate one second before it redirects
(jupyterhub/handlers/pages.py, SpawnHandler._wrap_spawn_single_user)."""

_T = TypeVar("_T")


class Cached(Generic[_T]):
    """One fact: fetched on demand, kept while fresh, kept when fetching fails."""

    def __init__(self, fetch: Callable[[], Awaitable[_T]], max_age: float) -> None:
        self._fetch = fetch
        self._max_age = max_age
        self._task: asyncio.Task[None] | None = None
        self._tried = float("-inf")
        self.value: _T | None = None

    async def get(self) -> _T | None:
        """Return the fact, perhaps stale; None: not known (yet)."""
        if time.monotonic() - self._tried > self._max_age and not self._task:
            self._task = asyncio.create_task(self._refresh())
        if self._task and self.value is None:
            await asyncio.wait({self._task}, timeout=PATIENCE)
        return self.value

    async def _refresh(self) -> None:
        try:
            self.value = await self._fetch()
            self._tried = time.monotonic()
        except SchedulerError as error:
            log.warning("A fact could not be had from the scheduler: %s", error)
            self._tried = time.monotonic() - self._max_age + 5
        finally:
            self._task = None


class Facts:
    """The facts of one cluster, and of every user who asked lately."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._partitions = Cached(client.partitions, PARTITIONS_AGE)
        self._reservations = Cached(client.reservations, PARTITIONS_AGE)
        self._accounts: dict[str, Cached[tuple[Membership, ...] | None]] = {}

    async def nodes(self) -> Mapping[str, NodeFacts]:
        """Return facts by partition name; empty when nothing is known."""
        partitions: Mapping[str, Partition] = await self._partitions.get() or {}
        return {
            name: NodeFacts(p.cores, p.memory, p.max_walltime, p.gpus)
            for name, p in partitions.items()
        }

    async def reservations(self) -> tuple[str, ...] | None:
        """Return reservation names; None: not known."""
        return await self._reservations.get()

    async def person(self, name: str, groups: frozenset[str]) -> Person:
        """Return who *name* is to the scheduler."""
        cached = self._accounts.get(name)
        if cached is None:
            cached = Cached(lambda: self._client.memberships(name), ACCOUNTS_AGE)
            self._accounts[name] = cached
        memberships = await cached.get()
        if memberships is None:
            return Person(name, groups)
        # Those good for every partition first: the form preselects the first.
        everywhere_first = sorted(memberships, key=lambda m: m.partition != "")
        accounts = tuple(dict.fromkeys(m.account for m in everywhere_first))
        qos = tuple(dict.fromkeys(q for m in memberships for q in m.qos))
        return Person(name, groups, accounts, qos or None)
