import asyncio
import threading
from typing import Any

import pytest

from hub_config.auth.limits import PER_USER_AND_SOURCE
from hub_config.auth.protocol import Why
from hub_config.auth.turnstile import MAX_WAITING, Turnstile

HERE = "192.0.2.7"
BURST = PER_USER_AND_SOURCE.burst


def right() -> Why | None:
    return None


def wrong() -> Why | None:
    return Why.CREDENTIALS


class SlowDirectory:
    """A check that hangs until ``answer`` is set; ``most`` is how many ever asked at once."""

    def __init__(self) -> None:
        self.asked, self.answer = threading.Semaphore(0), threading.Event()
        self.asking = self.most = 0
        self._lock = threading.Lock()

    def check(self) -> Why | None:
        with self._lock:
            self.asking += 1
            self.most = max(self.most, self.asking)
        self.asked.release()
        self.answer.wait(60)
        with self._lock:
            self.asking -= 1
        return None


@pytest.mark.parametrize("why", [None, Why.CREDENTIALS, Why.ACCOUNT, Why.BUSY])
async def test_the_answer_is_that_of_the_check(why: Why | None) -> None:
    assert await Turnstile(1).run("alice", HERE, lambda: why) is why


@pytest.mark.parametrize("why", [Why.CREDENTIALS, Why.ACCOUNT])
async def test_after_too_many_failures_the_check_is_not_even_asked(why: Why) -> None:
    turnstile = Turnstile(1)
    for _ in range(BURST):
        assert await turnstile.run("alice", HERE, lambda: why) is why
    asked: list[str] = []
    answer = await turnstile.run("alice", HERE, lambda: asked.append("asked"))
    assert (answer, asked) == (Why.LIMIT, [])


@pytest.mark.parametrize("why", [None, Why.BUSY])
async def test_success_and_an_unjudged_password_are_no_failures(why: Why | None) -> None:
    turnstile = Turnstile(1)
    for _ in range(3 * BURST):
        assert await turnstile.run("alice", HERE, lambda: why) is why


async def test_a_burst_at_once_is_limited_like_one_after_the_other() -> None:
    turnstile = Turnstile(8)
    tries = (turnstile.run("alice", HERE, wrong) for _ in range(MAX_WAITING))
    assert (await asyncio.gather(*tries)).count(Why.CREDENTIALS) == BURST


async def test_a_class_behind_one_address_logs_in_at_once() -> None:
    turnstile = Turnstile(8)
    logins = (turnstile.run(f"user{number}", HERE, right) for number in range(MAX_WAITING))
    assert set(await asyncio.gather(*logins)) == {None}


async def test_the_limit_ends_in_time(clock: Any) -> None:
    turnstile = Turnstile(1, clock)
    for _ in range(BURST):
        await turnstile.run("alice", HERE, wrong)
    assert await turnstile.run("alice", HERE, right) is Why.LIMIT
    clock.now += PER_USER_AND_SOURCE.seconds + 1
    assert await turnstile.run("alice", HERE, right) is None


async def test_a_slow_directory_bounds_threads_and_waiting_and_leaves_the_loop_free() -> None:
    turnstile, slow = Turnstile(3), SlowDirectory()
    logins = [
        asyncio.create_task(turnstile.run(f"user{number}", HERE, slow.check))
        for number in range(3 + MAX_WAITING)
    ]
    for _ in range(3):
        assert await asyncio.to_thread(slow.asked.acquire, timeout=60)
    assert await turnstile.run("alice", HERE, right) is Why.BUSY, "or the loop was held up"
    slow.answer.set()
    assert set(await asyncio.gather(*logins)) == {None}
    assert slow.most == 3
    assert await turnstile.run("alice", HERE, right) is None
