"""Projects of a person, made of who belongs to what and of what was used."""

import asyncio
import time
from typing import Any

import pytest

from hub_config.cluster import accounts as module
from hub_config.cluster import cached
from hub_config.cluster.accounts import ACCOUNTS_AGE, People, projects
from hub_config.cluster.facts import Facts
from hub_config.model.budget import Enforced
from hub_config.model.resolve import Unaffordable
from hub_config.runtime import Runtime
from hub_config.schedulers.base import Membership, Share, Unanswered
from hub_config.schedulers.slurm import Slurm
from tests.contract.recordings import recording
from tests.support.hubs import ROOT

SHARES = Slurm().read_shares(recording("slurm", "sshare-budgets").reply)
THEIRS = (
    Membership("bm0146", "", ("normal", "express"), "normal", default=True),
    Membership("mh0010", "shared", ("normal",)),
)


class Cluster:
    """Answers what was recorded, in the place of the agent."""

    def __init__(self) -> None:
        self.away: set[str] = set()
        self.asked: list[str] = []
        self.accounts: tuple[Membership, ...] | None = THEIRS
        self.counted = SHARES
        self.late: asyncio.Event | None = None

    def _said(self, what: str) -> None:
        self.asked.append(what)
        if what in self.away:
            raise Unanswered(f"{what}: no answer")

    async def memberships(self, user: str) -> tuple[Membership, ...] | None:
        self._said("memberships")
        return self.accounts

    async def shares(self, user: str) -> tuple[Share, ...]:
        self._said("shares")
        if self.late:
            await self.late.wait()
        return self.counted

    async def partitions(self) -> dict[str, Any]:
        return {}

    async def reservations(self) -> None:
        return None

    async def enforcement(self) -> Enforced:
        self._said("enforcement")
        return "limits"


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def people(cluster: Cluster) -> People:
    client: Any = cluster
    return People(client)


def test_budgets_are_those_of_the_part_the_account_and_all_above_it() -> None:
    first, second = projects("alice", THEIRS, SHARES)
    assert [(b.holder, b.tres, b.limit, b.used, b.own) for b in first.budgets] == [
        ("bm0146", "cpu", 1, 3, False),
        ("climate", "cpu", 6000, 3, False),
        ("bm0146", "gres/gpu", 120, 0, False),
    ]
    assert (first.used["cpu"], first.own["cpu"], first.share) == (3, 3, 1.0)
    assert (first.qos, first.default_qos, first.default) == (("normal", "express"), "normal", True)
    [own] = second.budgets
    assert (own.holder, own.tres, own.limit, own.running, own.own) == (
        "mh0010", "billing", 600, 10, True,
    )  # fmt: skip
    assert (second.partition, second.own["billing"]) == ("shared", 0)


def test_a_part_in_one_partition_is_not_that_of_another() -> None:
    [elsewhere] = projects("alice", (Membership("mh0010", "gpu"),), SHARES)
    assert (elsewhere.budgets, dict(elsewhere.own), elsewhere.share) == ((), {}, None)
    assert elsewhere.known


def test_what_nobody_counts_is_not_known() -> None:
    for one in projects("alice", THEIRS, ()):
        assert not one.known
        assert (one.budgets, dict(one.used), one.share) == ((), {}, None)


async def test_the_form_and_the_page_have_the_same_accounts(
    people: People, cluster: Cluster
) -> None:
    seen = await people.of("alice")
    person = await people.person("alice", frozenset())
    assert person.accounts == ("bm0146", "mh0010") == tuple(p.account for p in seen.projects or ())
    assert (person.projects, person.enforced) == (seen.projects, "limits")
    assert not seen.stale and seen.as_of and seen.as_of <= time.time()
    assert sorted(cluster.asked) == ["enforcement", "memberships", "shares"]


async def test_the_default_account_comes_first_then_those_for_every_partition(
    people: People, cluster: Cluster
) -> None:
    cluster.accounts = (
        Membership("a", "gpu"), Membership("b"), Membership("c", "shared", default=True),
    )  # fmt: skip
    assert (await people.person("alice", frozenset())).accounts == ("c", "b", "a")


@pytest.mark.parametrize("away", ["shares", "enforcement"])
async def test_without_an_answer_about_budgets_there_are_accounts_and_no_budgets(
    people: People, cluster: Cluster, away: str
) -> None:
    cluster.away.add(away)
    person = await people.person("alice", frozenset())
    assert (person.accounts, person.projects) == (("bm0146", "mh0010"), ())
    assert (await people.of("alice")).stale


async def test_old_figures_refuse_nobody(
    people: People, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = await people.person("alice", frozenset())
    assert fresh.projects
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3 * ACCOUNTS_AGE)
    old = await people.person("alice", frozenset())
    assert (old.accounts, old.projects) == (fresh.accounts, ())
    seen = await people.of("alice")
    assert seen.stale and seen.projects and seen.as_of and seen.as_of < now + ACCOUNTS_AGE


async def test_where_there_are_no_accounts_there_are_no_projects(
    people: People, cluster: Cluster
) -> None:
    cluster.accounts = None
    assert (await people.of("alice")).projects is None
    assert (await people.person("alice", frozenset())).accounts is None


SPENT = {"profile": "shared-1", "account": "bm0146"}


@pytest.fixture
def runtime(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """The runtime of a site, whose facts are of that cluster and waited for."""
    monkeypatch.setattr(cached, "PATIENCE", 60.0)
    made = Runtime.from_file(ROOT / "examples/dkrz/site.yml")
    client: Any = cluster
    made.facts = Facts(client, made.queue)
    return made


async def refused(runtime: Runtime) -> bool:
    try:
        await runtime.resolve("alice", frozenset(), SPENT)
    except Unaffordable:
        return True
    return False


async def test_figures_of_just_now_refuse_without_another_question(
    runtime: Runtime, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECENT", 3600.0)
    assert await refused(runtime)
    assert await refused(runtime)
    assert cluster.asked.count("shares") == 1


async def test_older_figures_are_asked_for_again_before_they_refuse(
    runtime: Runtime, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECENT", -1.0)
    assert await refused(runtime)
    assert cluster.asked.count("shares") == 2
    cluster.counted = tuple(one for one in SHARES if one.account not in ("bm0146", "climate"))
    assert not await refused(runtime)
    assert cluster.asked.count("shares") == 3
    assert not await refused(runtime)
    assert cluster.asked.count("shares") == 3  # what refuses nobody may be some minutes old


async def test_an_answer_that_is_late_refuses_nobody(
    runtime: Runtime, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECENT", -1.0)
    assert await refused(runtime)
    monkeypatch.setattr(cached, "PATIENCE", 0.0)
    cluster.late = asyncio.Event()
    assert not await refused(runtime)
    cluster.late.set()


async def test_what_is_being_asked_for_is_not_asked_for_twice(
    people: People, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached, "PATIENCE", 60.0)
    monkeypatch.setattr(module, "RECENT", -1.0)
    await people.of("alice")
    assert people.doubt("alice")
    assert not people.doubt("alice")
    await people.of("alice")
    assert cluster.asked.count("shares") == 2
