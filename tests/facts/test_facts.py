"""What forms are made of while the scheduler is slow, away, or has never been seen."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub_config.cluster import accounts as people
from hub_config.cluster.cached import PATIENCE
from hub_config.cluster.facts import Facts, Outage
from hub_config.schedulers.base import (
    Enforced,
    Membership,
    Partition,
    Place,
    Reservation,
    Share,
    Unanswered,
)
from hub_config.schedulers.slurm import Slurm
from tests.contract.recordings import recording

SLURM = Slurm()
QUESTIONS = [
    "enforcement", "memberships of ann", "partitions", "reservations", "shares of ann",
]  # fmt: skip
"""What the first form of ann's asks."""


class Cluster:
    """Answers what was recorded, in the place of the agent."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failing = False
        self.hanging = False
        self.accounts: tuple[Membership, ...] | None = (Membership("a1"),)
        self.counted: tuple[Share, ...] = ()

    async def _said(self, what: str) -> None:
        self.asked.append(what)
        if self.hanging:
            await asyncio.sleep(3600)
        if self.failing:
            raise Unanswered("slurmctld is away")

    async def partitions(self) -> dict[str, Partition]:
        await self._said("partitions")
        return SLURM.read_partitions(recording("slurm", "sinfo-zoo-busy").reply)

    async def reservations(self) -> tuple[Reservation, ...]:
        await self._said("reservations")
        return SLURM.read_reservations(recording("slurm", "reservations-kinds").reply)

    async def memberships(self, user: str) -> tuple[Membership, ...] | None:
        await self._said(f"memberships of {user}")
        return self.accounts

    async def shares(self, user: str) -> tuple[Share, ...]:
        await self._said(f"shares of {user}")
        return self.counted

    async def enforcement(self) -> Enforced:
        await self._said("enforcement")
        return "limits"

    async def queue(self) -> dict[str, Place]:
        await self._said("queue")
        return {"7": Place(1, 4, "mixed")}


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def facts(cluster: Cluster) -> Facts:
    client: Any = cluster
    return Facts(client)


async def form(facts: Facts, user: str = "ann") -> tuple[Any, ...]:
    """Ask for what one form needs, in the order in which it does."""
    person = await facts.person(user, frozenset())
    return person, await facts.nodes(), await facts.reservations()


async def test_a_warm_form_asks_the_scheduler_nothing(facts: Facts, cluster: Cluster) -> None:
    first = await form(facts)
    assert sorted(cluster.asked) == QUESTIONS
    cluster.asked.clear()
    for _ in range(1000):
        assert await form(facts) == first
    assert cluster.asked == []


async def test_while_nobody_looks_nothing_is_asked(facts: Facts, cluster: Cluster) -> None:
    await asyncio.sleep(0.05)
    assert cluster.asked == []


async def test_a_form_of_a_hub_that_has_seen_nothing_waits_once_in_all(
    facts: Facts, cluster: Cluster
) -> None:
    cluster.hanging = True
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    wait: Callable[..., Awaitable[Any]] = asyncio.wait

    async def noted(tasks: Any, **options: float) -> Any:
        waits.append(options["timeout"])
        return await wait(tasks, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "wait", noted)
        began = loop.time()
        person, nodes, reservations = await form(facts)
        first = loop.time() - began
        await form(facts)
    assert (person.accounts, nodes, reservations) == (None, {}, None)
    assert sum(waits) <= PATIENCE + 0.2 and first < 30
    assert len(cluster.asked) == len(QUESTIONS)


@pytest.mark.parametrize("how", ["failing", "hanging"])
async def test_while_the_scheduler_is_away_forms_have_what_was_known(
    facts: Facts, cluster: Cluster, how: str
) -> None:
    before = await form(facts)
    setattr(cluster, how, True)
    asked = facts._people._asked["ann"]
    whole = (facts._partitions, facts._reservations, facts._people._rules)
    for one in (*whole, asked.memberships, asked.shares):
        one._not_before = 0.0
    for _ in range(20):
        assert await form(facts) == before
        await asyncio.sleep(0)
    assert len(cluster.asked) == 2 * len(QUESTIONS)  # each was tried once more, not for every form


async def test_it_is_marked_stale_with_its_age(
    facts: Facts, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await facts.overview()
    assert seen.as_of and time.time() - seen.as_of < 60 and not seen.stale
    cluster.failing = True
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1000)
    later = await facts.overview()
    assert later.stale and later.as_of == seen.as_of
    assert later.partitions.keys() == seen.partitions.keys()


async def test_nothing_known_is_stale(facts: Facts, cluster: Cluster) -> None:
    cluster.failing = True
    seen = await facts.overview()
    assert (dict(seen.partitions), seen.reservations, seen.as_of, seen.stale) == (
        {},
        (),
        None,
        True,
    )


async def test_how_full_the_cluster_is(facts: Facts, cluster: Cluster) -> None:
    await facts.overview()
    await asyncio.sleep(0.01)
    seen = await facts.overview()
    mixed, big = seen.partitions["mixed"], seen.partitions["big"]
    assert (mixed.nodes, mixed.idle_nodes, mixed.node_states) == (3, 1, {"mixed": 2, "idle": 1})
    assert (mixed.cores, mixed.idle_cores) == (84, 82)
    assert mixed.gpus == {"": 4, "a100": 2, "v100": 4}
    assert mixed.idle_gpus == {"": 3, "a100": 1, "v100": 1}
    assert (mixed.waiting, big.waiting) == (4, 0)
    assert (big.idle_nodes, big.idle_gpus, big.node_states) == (0, {"a100": 0}, {"drained": 1})
    assert [one.name for one in seen.reservations] == ["repair", "course", "others"]


async def test_why_a_partition_starts_nothing(
    facts: Facts, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubled = SLURM.read_partitions(recording("slurm", "sinfo-troubled").reply)

    async def partitions() -> dict[str, Partition]:
        return troubled

    monkeypatch.setattr(facts._partitions, "_fetch", partitions)
    seen = (await facts.overview()).partitions
    assert {name: one.closed for name, one in seen.items()} == {
        "shared": "",
        "prepost": "",
        "compute": "drain",
        "gpu": "inactive",
        "miklip": "down",
    }


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch, facts: Facts) -> None:
    """The usual cluster instead of the zoo: l1 is shared, c1 and c2 are compute, g1 is gpu."""
    busy = SLURM.read_partitions(recording("slurm", "sinfo-busy").reply)

    async def partitions() -> dict[str, Partition]:
        return busy

    monkeypatch.setattr(facts._partitions, "_fetch", partitions)


@pytest.mark.usefixtures("usual")
async def test_maintenance_that_leaves_no_node_of_a_partition(facts: Facts) -> None:
    seen = await facts.overview()
    repair = next(one for one in seen.reservations if one.name == "repair")
    assert repair.start is not None
    expected = (Outage(repair.start, repair.end),)
    assert {name: one.outages for name, one in seen.partitions.items()} == {
        "shared": (), "prepost": (), "miklip": (), "compute": expected, "gpu": expected,
    }  # fmt: skip


@pytest.mark.usefixtures("usual")
async def test_maintenance_comes_in_its_order_and_not_of_some_nodes_or_unknown_ones(
    facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = frozenset({"c1", "c2"})
    later, first = (
        Reservation(name=name, start=start, nodes=nodes, maintenance=True)
        for name, start in (("later", 2e9), ("first", 1.9e9))
    )
    half = Reservation(name="half", start=1.8e9, nodes=frozenset({"c1"}), maintenance=True)
    course = Reservation(name="course", start=1.8e9, nodes=nodes)
    whenever = Reservation(name="whenever", nodes=nodes, maintenance=True)

    async def reservations() -> tuple[Reservation, ...]:
        return later, first, half, course, whenever

    monkeypatch.setattr(facts._reservations, "_fetch", reservations)
    seen = await facts.overview()
    assert seen.partitions["compute"].outages == (Outage(1.9e9, None), Outage(2e9, None))
    assert seen.partitions["gpu"].outages == ()


async def test_it_is_made_once_until_something_is_new(facts: Facts) -> None:
    await facts.overview()
    await asyncio.sleep(0.01)
    seen = await facts.overview()
    assert all([await facts.overview() is seen for _ in range(100)])
    facts._partitions._not_before = 0.0
    await facts.overview()
    await asyncio.sleep(0.01)
    assert await facts.overview() is not seen


async def test_many_people_at_once_leave_the_way_to_the_scheduler_free(
    facts: Facts, cluster: Cluster
) -> None:
    await form(facts)
    cluster.hanging = True
    cluster.asked.clear()
    many = [facts.person(f"user{n}", frozenset()) for n in range(50)]
    assert [person.accounts for person in await asyncio.gather(*many)] == [None] * 50
    assert len(cluster.asked) == people.FEW


async def test_people_who_came_long_ago_are_forgotten(
    facts: Facts, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PEOPLE", 3)
    for user in ("ann", "bob", "cleo", "ann", "dan"):
        await facts.person(user, frozenset())
    assert list(facts._people._asked) == ["cleo", "ann", "dan"]


async def test_accounts_for_one_partition_come_after_those_for_all(
    facts: Facts, cluster: Cluster
) -> None:
    cluster.accounts = (Membership("a1", "shared", ("normal",)), Membership("b2", "", ("fast",)))
    person = await facts.person("ann", frozenset({"climate"}))
    assert person.accounts == ("b2", "a1")
    assert person.qos == ("normal", "fast")
    assert person.groups == {"climate"}


async def test_without_accounts_in_the_scheduler_none_are_asked_for(
    facts: Facts, cluster: Cluster
) -> None:
    cluster.accounts = None
    assert (await facts.person("ann", frozenset())).accounts is None


async def test_a_user_without_accounts_has_none(facts: Facts, cluster: Cluster) -> None:
    cluster.accounts = ()
    assert (await facts.person("ann", frozenset())).accounts == ()
