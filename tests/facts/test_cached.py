"""Facts are served stale rather than late; what fails is asked again soon, not at once."""

import asyncio
import time

import pytest

from hub_config.cluster.cached import PATIENCE, Cached
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


async def test_the_age_of_a_fact_is_known() -> None:
    fact = Cached(Source(), 60)
    assert fact.stale and fact.as_of is None
    await fact.get()
    assert not fact.stale and fact.as_of and fact.as_of <= time.time()


async def test_a_source_that_fails_is_not_asked_at_every_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = Source()
    source.failing = True
    fact = Cached(source, 60)
    for _ in range(100):
        assert await fact.get() is None
    assert source.asked == 1
    fact._not_before = 0.0
    await fact.get()
    assert source.asked == 2
    assert len(caplog.records) == 1  # once for an outage, not for every attempt


async def test_who_comes_while_nothing_answers_does_not_wait_anew() -> None:
    source = Source()
    source.hanging = True
    fact = Cached(source, 60)
    await fact.get()
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(50):
        assert await fact.get() is None
    assert loop.time() - began < 50 * PATIENCE / 2
    assert source.asked == 1


async def test_a_fault_of_ours_is_not_repeated_at_once() -> None:
    asked: list[int] = []

    async def broken() -> int:
        asked.append(1)
        raise KeyError("a mistake")

    fact = Cached(broken, 60)
    for _ in range(3):
        assert await fact.get() is None
    assert len(asked) == 1
