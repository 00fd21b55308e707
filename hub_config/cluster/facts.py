"""What the scheduler says about partitions, reservations and a user's accounts, cached.

Nothing is asked while nobody looks. A page never waits for the scheduler for longer than
``PATIENCE``, all its questions together, and is made from what was last known when it is away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub_config.announcements import Closing, Reserved
from hub_config.cluster.accounts import Accounts, People
from hub_config.cluster.cached import Cached
from hub_config.cluster.client import Client
from hub_config.cluster.estimates import Estimates
from hub_config.cluster.waiting import Queue
from hub_config.model.offer import NodeFacts, Person
from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Partition, Reservation

PARTITIONS_AGE, QUEUE_AGE = 60.0, 60.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the nodes of a partition have: cores, MiB and GPUs of the largest, time in seconds."""

    features: tuple[str, ...]
    gpus: Mapping[str, int]
    nodes: int
    cores: int
    memory: int
    walltime: int | None


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
        self._people = People(client)
        self._estimates = Estimates(client)
        self._overview = Overview()
        self._seen: object = None
        self.windows: Callable[[], tuple[Closing, ...]] = tuple
        """Maintenance that is announced, besides what the scheduler knows of."""

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
        return await self._people.person(name, groups)

    async def accounts(self, name: str) -> Accounts:
        """Return the projects of *name*: those of the form, with all that is known of them."""
        return await self._people.of(name)

    def doubt_budgets(self, name: str) -> bool:
        """Let the budgets of *name* be asked for anew; False: they are as of just now."""
        return self._people.doubt(name)

    async def features(self) -> Mapping[str, Features]:
        """Return by partition what its nodes have; empty when nothing is known."""
        partitions = await self._partitions.get() or {}
        return {name: _features(one) for name, one in partitions.items()}

    async def overview(self) -> Overview:
        """Return how full every partition is, with its age; nothing if never seen.

        The same object, as long as nothing is new.
        """
        partitions = await self._partitions.get() or {}
        reservations = await self._reservations.get() or ()
        waiting = self._queue.waiting(QUEUE_AGE) if partitions else None
        stale, windows = self._partitions.stale, self.windows()
        seen = (self._partitions.as_of, self._reservations.as_of, waiting, stale, windows)
        if seen != self._seen:
            maintenance = _maintenance(reservations)
            found = {n: _occupancy(p, waiting, maintenance, windows) for n, p in partitions.items()}
            self._overview = Overview(found, reservations, self._partitions.as_of, stale)
            self._seen = seen
        return self._overview

    def closings(self) -> tuple[Reserved, ...]:
        """Return the reservations for maintenance as last seen; nobody waits for the next look."""
        self._reservations.touch()
        closed = [one for one in self._reservations.value or () if one.maintenance]
        if closed:
            self._partitions.touch()
        partitions, found = self._partitions.value or {}, []
        for one in closed if partitions else ():
            names = tuple(n for n, p in partitions.items() if p.hosts and p.hosts <= one.nodes)
            if one.start is not None:
                closing = Closing(names, one.start, one.end)
                found.append(Reserved(one.name, closing, len(names) == len(partitions)))
        return tuple(found)

    async def estimate(self, user: str, request: JobRequest) -> str:
        """Return when the scheduler would start such a job of *user*; empty: nobody knows.

        Raises Refused with its words if it never would.
        """
        return await self._estimates.of(user, request)


def _features(partition: Partition) -> Features:
    return Features(
        features=tuple(sorted(partition.features)),
        gpus=partition.gpus,
        nodes=partition.nodes,
        cores=partition.cores,
        memory=partition.memory,
        walltime=partition.max_walltime,
    )


def _occupancy(
    partition: Partition,
    waiting: Mapping[str, int] | None,
    maintenance: tuple[tuple[frozenset[str], Outage], ...],
    windows: tuple[Closing, ...] = (),
) -> Occupancy:
    reserved = [one for nodes, one in maintenance if partition.hosts and partition.hosts <= nodes]
    announced = [
        Outage(one.start, one.end)
        for one in windows
        if not one.partitions or partition.name in one.partitions
    ]
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
        outages=tuple(sorted([*reserved, *announced], key=lambda one: one.start)),
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
