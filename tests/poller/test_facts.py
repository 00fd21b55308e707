"""Facts are served stale rather than late; what fails is asked again soon, not at once."""

import asyncio

from hub_config.cluster.facts import Cached
from hub_config.schedulers.base import Unanswered


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
