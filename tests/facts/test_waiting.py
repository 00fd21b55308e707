"""What a waiting person is told: place and start from the one queue that all look at."""

import asyncio
import json
import time
from dataclasses import replace

import pytest

from hub_config.cluster import waiting as module
from hub_config.cluster.waiting import Queue, waiting
from hub_config.schedulers.base import Job, Phase, Place, Unanswered

JOB = Job(
    job_id="7",
    uuid="0" * 32,
    user="alice",
    phase=Phase.PENDING,
    state="PENDING",
    partition="gpu",
    reason="Priority",
    start="2026-11-21T12:00:00",
)


class Cluster:
    """A queue under the test's control, in the place of the agent."""

    def __init__(self) -> None:
        self.asked = 0
        self.failing = False
        self.places = {"7": Place(3, 9, "gpu", "2026-11-21T13:00:00"), "8": Place(1, 2, "shared")}

    async def __call__(self) -> dict[str, Place]:
        self.asked += 1
        if self.failing:
            raise Unanswered("no")
        return self.places


async def told(queue: Queue, job: Job = JOB) -> Place | None:
    """Return the place that is known after the question has come back."""
    queue.place(job.job_id)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return queue.place(job.job_id)


async def test_the_place_of_a_job_is_asked_for_in_the_background() -> None:
    cluster = Cluster()
    queue = Queue(cluster)
    assert queue.place("7") is None and cluster.asked == 0
    assert await told(queue) == cluster.places["7"]
    assert queue.place("unknown") is None


async def test_any_number_of_people_and_looks_is_one_question() -> None:
    cluster = Cluster()
    queue = Queue(cluster)
    for _ in range(1000):
        await told(queue)
        queue.progress(JOB, time.time(), False)
    assert cluster.asked == 1


async def test_it_is_asked_again_only_after_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGE", 0.0)
    cluster = Cluster()
    queue = Queue(cluster)
    await told(queue)
    cluster.places = {"7": Place(1, 9, "gpu")}
    assert await told(queue) == Place(1, 9, "gpu")
    assert cluster.asked >= 2


async def test_while_nobody_waits_nothing_is_asked() -> None:
    cluster = Cluster()
    queue = Queue(cluster)
    for job in (None, replace(JOB, phase=Phase.RUNNING), replace(JOB, phase=Phase.ENDED)):
        assert "waiting" not in queue.progress(job, time.time(), False)
    await asyncio.sleep(0)
    assert cluster.asked == 0


async def test_an_old_place_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    queue = Queue(cluster)
    assert await told(queue)
    cluster.failing = True
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + module.TOO_OLD + module.AGE + 1)
    assert queue.place("7") is None
    assert queue.waiting(60.0) is None


async def test_a_queue_that_cannot_be_had_harms_nobody() -> None:
    cluster = Cluster()
    cluster.failing = True
    queue = Queue(cluster)
    assert await told(queue) is None
    event = queue.progress(JOB, time.time(), False)
    assert event["waiting"]["position"] == 0
    assert event["waiting"]["start"] == JOB.start


async def test_how_many_wait_in_each_partition() -> None:
    cluster = Cluster()
    queue = Queue(cluster)
    assert queue.waiting(60.0) is None
    await told(queue)
    assert queue.waiting(60.0) == {"gpu": 9, "shared": 2}
    assert cluster.asked == 1


async def test_nobody_waiting_is_known_from_nothing_known() -> None:
    cluster = Cluster()
    cluster.places = {}
    queue = Queue(cluster)
    await told(queue)
    assert queue.waiting(60.0) == {}


async def test_the_event_of_the_waiting_page_carries_it_all() -> None:
    queue = Queue(Cluster())
    await told(queue)
    event = json.loads(json.dumps(queue.progress(JOB, time.time() - 90, False)))
    assert 0 < event["progress"] < 100
    assert "Job 7 is waiting in partition gpu" in event["message"]
    elapsed = event["waiting"].pop("elapsed")
    assert elapsed >= 90
    assert event["waiting"] == {
        "job_id": "7",
        "partition": "gpu",
        "state": "PENDING",
        "reason": "Priority",
        "sentence": "Others are before you in the queue.",
        "position": 3,
        "waiting": 9,
        "start": "2026-11-21T13:00:00",
    }


def test_without_a_place_the_job_itself_tells_what_it_can() -> None:
    found = waiting(JOB, None, time.time() + 5)
    assert (found.position, found.waiting, found.elapsed) == (0, 0, 0)
    assert found.start == JOB.start
