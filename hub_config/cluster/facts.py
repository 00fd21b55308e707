"""What the scheduler says about partitions, reservations and a user's accounts, cached.

Nothing is asked while nobody looks. A page never waits for the scheduler for longer than
``PATIENCE``, all its questions together, and is made from what was last known when it is away.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from hub_config.cluster.cached import Cached
from hub_config.cluster.client import Client
from hub_config.cluster.estimates import Estimates
from hub_config.cluster.waiting import Queue
from hub_config.model.offer import NodeFacts, Person
from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Membership, Partition, Reservation

PARTITIONS_AGE, QUEUE_AGE, ACCOUNTS_AGE = 60.0, 60.0, 300.0
FEW = 2
"""Questions for accounts at a time: the way to the scheduler is for servers first."""

PEOPLE = 1000
"""People whose accounts are kept; who looked longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Maintenance of all nodes of a partition, epoch seconds; ``end`` None: not known."""

    start: float
    end: float | None


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How full a partition is. ``closed``: why nothing starts; ``waiting`` None: not known."""

    closed: str
    idle_nodes: int
    nodes: int
    node_states: Mapping[str, int]
    idle_cores: int
    cores: int
    idle_gpus: Mapping[str, int]
    gpus: Mapping[str, int]
    waiting: int | None
    outages: tuple[Outage, ...] = ()
    """By their start."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The cluster as last seen; ``as_of`` in epoch seconds, None if never."""

    partitions: Mapping[str, Occupancy] = field(default_factory=dict)
    reservations: tuple[Reservation, ...] = ()
    as_of: float | None = None
    stale: bool = True


class Facts:
    """The facts of one cluster, and of every user who asked lately."""

    def __init__(self, client: Client, queue: Queue | None = None) -> None:
        self._client = client
        self._queue = queue or Queue(client.queue)
        self._partitions = Cached(client.partitions, PARTITIONS_AGE)
        self._reservations = Cached(client.reservations, PARTITIONS_AGE)
        self._accounts: OrderedDict[str, Cached[tuple[Membership, ...] | None]] = OrderedDict()
        self._estimates = Estimates(client)
        self._few = asyncio.Semaphore(FEW)
        self._overview = Overview()
        self._seen: object = None

    async def nodes(self) -> Mapping[str, NodeFacts]:
        """Return facts by partition name; empty when nothing is known."""
        partitions: Mapping[str, Partition] = await self._partitions.get() or {}
        return {
            name: NodeFacts(p.cores, p.memory, p.max_walltime, p.gpus if p.gpus_known else None)
            for name, p in partitions.items()
        }

    async def reservations(self) -> tuple[str, ...] | None:
        """Return reservation names; None: not known."""
        found = await self._reservations.get()
        return None if found is None else tuple(one.name for one in found)

    async def person(self, name: str, groups: frozenset[str]) -> Person:
        """Return who *name* is to the scheduler."""
        # What the same page asks for next is fetched meanwhile.
        self._partitions.touch()
        self._reservations.touch()
        memberships = await self._memberships(name).get()
        if memberships is None:
            return Person(name, groups)
        # Those good for every partition first: the form preselects the first.
        everywhere_first = sorted(memberships, key=lambda m: m.partition != "")
        accounts = tuple(dict.fromkeys(m.account for m in everywhere_first))
        qos = tuple(dict.fromkeys(q for m in memberships for q in m.qos))
        return Person(name, groups, accounts, qos or None)

    async def overview(self) -> Overview:
        """Return how full every partition is, with its age; nothing if never seen.

        The same object, as long as nothing is new.
        """
        partitions = await self._partitions.get() or {}
        reservations = await self._reservations.get() or ()
        waiting = self._queue.waiting(QUEUE_AGE) if partitions else None
        stale = self._partitions.stale
        seen = (self._partitions.as_of, self._reservations.as_of, waiting, stale)
        if seen != self._seen:
            maintenance = _maintenance(reservations)
            found = {n: _occupancy(p, waiting, maintenance) for n, p in partitions.items()}
            self._overview = Overview(found, reservations, self._partitions.as_of, stale)
            self._seen = seen
        return self._overview

    async def estimate(self, user: str, request: JobRequest) -> str:
        """Return when the scheduler would start such a job of *user*; empty: nobody knows.

        Raises Refused with its words if it never would.
        """
        return await self._estimates.of(user, request)

    def _memberships(self, name: str) -> Cached[tuple[Membership, ...] | None]:
        if name not in self._accounts:
            self._accounts[name] = Cached(partial(self._ask_accounts, name), ACCOUNTS_AGE)
        self._accounts.move_to_end(name)
        if len(self._accounts) > PEOPLE:
            self._accounts.popitem(last=False)
        return self._accounts[name]

    async def _ask_accounts(self, name: str) -> tuple[Membership, ...] | None:
        async with self._few:
            return await self._client.memberships(name)


def _occupancy(
    partition: Partition,
    waiting: Mapping[str, int] | None,
    maintenance: tuple[tuple[frozenset[str], Outage], ...],
) -> Occupancy:
    return Occupancy(
        closed=partition.closed,
        idle_nodes=partition.idle_nodes,
        nodes=partition.nodes,
        node_states=partition.node_states,
        idle_cores=partition.idle_cores,
        cores=partition.total_cores,
        idle_gpus=partition.idle_gpus,
        gpus=partition.total_gpus,
        waiting=None if waiting is None else waiting.get(partition.name, 0),
        outages=tuple(
            outage for nodes, outage in maintenance if partition.hosts and partition.hosts <= nodes
        ),
    )


def _maintenance(
    reservations: tuple[Reservation, ...],
) -> tuple[tuple[frozenset[str], Outage], ...]:
    """Return the nodes and times of maintenance, by its start."""
    found = (
        (one.nodes, Outage(one.start, one.end))
        for one in reservations
        if one.maintenance and one.start is not None
    )
    return tuple(sorted(found, key=lambda pair: pair[1].start))
