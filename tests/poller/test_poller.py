"""One query in flight, shared; a failure changes nothing; never sooner than the rule says."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

import pytest

from hub_config.cluster.poller import BURST, PER_MINUTE, RESPECT, RETRY, Poller
from hub_config.schedulers.base import Job, Phase, Unanswered

JOB = Job(job_id="7", uuid="a" * 32, user="ann", phase=Phase.RUNNING, state="RUNNING", host="n1")


class Queue:
    """A queue under the test's control, in the place of the agent."""

    def __init__(self) -> None:
        self.asked = 0
        self.failing = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> Mapping[str, Job]:
        self.asked += 1
        await self.gate.wait()
        if self.failing:
            raise Unanswered("slurm_load_jobs error: Zero Bytes were transmitted or received")
        return {"7": JOB}


async def test_a_thousand_callers_share_one_query() -> None:
    queue = Queue()
    poller = Poller(queue)
    queue.gate.clear()
    callers = [asyncio.create_task(poller.snapshot(1)) for _ in range(1000)]
    await asyncio.sleep(0)
    queue.gate.set()
    snapshots = await asyncio.gather(*callers)
    assert queue.asked == 1
    assert {id(snapshot) for snapshot in snapshots} == {id(poller.latest)}


async def test_a_fresh_snapshot_is_served_without_a_query() -> None:
    queue = Queue()
    poller = Poller(queue)
    first = await poller.snapshot(0)
    assert await poller.snapshot(60) is first
    assert queue.asked == 1


async def test_a_failed_query_keeps_the_last_good_snapshot_and_says_since_when() -> None:
    queue = Queue()
    poller = Poller(queue)
    good = await poller.snapshot(0)
    queue.failing = True
    assert await poller.snapshot(0) is good
    since = poller.failing_since
    assert since is not None
    await poller.snapshot(0)
    assert poller.failing_since == since
    queue.failing = False
    again = await poller.snapshot(0)
    assert again is not None
    assert good is not None
    assert again.number == good.number + 1
    assert poller.failing_since is None


async def test_before_the_first_answer_nothing_is_known() -> None:
    queue = Queue()
    queue.failing = True
    assert await Poller(queue).snapshot(0) is None


async def test_a_cancelled_caller_leaves_the_query_to_the_others() -> None:
    queue = Queue()
    poller = Poller(queue)
    queue.gate.clear()
    impatient, patient = (asyncio.create_task(poller.snapshot(0)) for _ in range(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    queue.gate.set()
    snapshot = await patient
    assert snapshot is not None
    assert snapshot.jobs["7"] is JOB
    assert queue.asked == 1
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_whoever_waits_the_scheduler_is_not_asked_without_end() -> None:
    queue = Queue()
    poller = Poller(queue)
    with suppress(TimeoutError):
        async with asyncio.timeout(3):
            while True:
                await poller.snapshot(0)
    assert BURST <= queue.asked <= BURST + 3 * PER_MINUTE / 60 + 1


async def test_a_query_that_takes_long_counts_as_failing_and_its_answer_ends_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hub_config.cluster.poller.SLOW", 0.05)
    queue = Queue()
    poller = Poller(queue)
    queue.gate.clear()
    caller = asyncio.create_task(poller.snapshot(0))
    await asyncio.sleep(0.1)
    assert poller.failing_since is not None
    queue.gate.set()
    await caller
    assert poller.failing_since is None


async def test_after_failures_it_is_asked_again_soon() -> None:
    """However long the failures took: a controller that is back is noticed."""
    queue = Queue()
    poller = Poller(queue)
    queue.failing = True
    queue.gate.clear()
    asyncio.get_running_loop().call_later(RETRY / RESPECT, queue.gate.set)
    await poller.snapshot(0)
    assert poller._not_before <= time.monotonic() + 1
    poller._failures = 100
    poller._failed_now(time.monotonic() - 60, Unanswered("Socket timed out"))
    assert poller._not_before <= time.monotonic() + RETRY


async def test_a_slow_scheduler_is_asked_seldom() -> None:
    """Five times the last query's duration lie between the end of one and the next."""
    queue = Queue()
    poller = Poller(queue)
    queue.gate.clear()
    asyncio.get_running_loop().call_later(0.1, queue.gate.set)
    await poller.snapshot(0)
    before = asyncio.get_running_loop().time()
    await poller.snapshot(0)
    assert asyncio.get_running_loop().time() - before >= 0.4
