"""Facts are served stale rather than late; what fails is asked again soon, not at once."""

import asyncio
from types import SimpleNamespace
from typing import Any

from hub_config.cluster.facts import Cached, Facts
from hub_config.schedulers.base import Membership, Unanswered


class Source:
    """A fact under the test's control, in the place of the agent."""

    def __init__(self) -> None:
        self.value = 1
        self.asked = 0
        self.failing = False
        self.hanging = False

    async def __call__(self) -> int:
        self.asked += 1
        if self.hanging:
            await asyncio.sleep(3600)
        if self.failing:
            raise Unanswered("no")
        return self.value


async def test_the_first_look_waits_for_the_fact() -> None:
    assert await Cached(Source(), 60).get() == 1


async def test_many_looks_at_once_are_one_question() -> None:
    source = Source()
    fact = Cached(source, 60)
    assert await asyncio.gather(*(fact.get() for _ in range(100))) == [1] * 100
    assert source.asked == 1


async def test_a_stale_fact_is_served_while_the_new_one_is_fetched() -> None:
    source = Source()
    fact = Cached(source, 0)
    await fact.get()
    source.value = 2
    assert await fact.get() == 1
    await asyncio.sleep(0.01)
    assert await fact.get() == 2


async def test_a_failing_source_leaves_the_old_fact() -> None:
    source = Source()
    fact = Cached(source, 0)
    await fact.get()
    source.failing = True
    await fact.get()
    await asyncio.sleep(0.01)
    assert await fact.get() == 1


async def test_a_hanging_source_holds_nobody_up_for_long() -> None:
    source = Source()
    source.hanging = True
    fact = Cached(source, 60)
    assert await asyncio.wait_for(fact.get(), 10) is None


async def _facts(answer: tuple[Membership, ...] | None) -> Facts:
    async def memberships(user: str) -> tuple[Membership, ...] | None:
        return answer

    client: Any = SimpleNamespace(partitions=None, reservations=None, memberships=memberships)
    return Facts(client)


async def test_accounts_for_one_partition_come_after_those_for_all() -> None:
    facts = await _facts((Membership("a1", "shared", ("normal",)), Membership("b2", "", ("fast",))))
    person = await facts.person("ann", frozenset({"climate"}))
    assert person.accounts == ("b2", "a1")
    assert person.qos == ("normal", "fast")
    assert person.groups == {"climate"}


async def test_without_accounts_in_the_scheduler_none_are_asked_for() -> None:
    person = await (await _facts(None)).person("ann", frozenset())
    assert person.accounts is None


async def test_a_user_without_accounts_has_none() -> None:
    person = await (await _facts(())).person("ann", frozenset())
    assert person.accounts == ()
