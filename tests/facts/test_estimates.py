"""The expected start of a job that is not submitted: one question at a time and per half minute."""

import asyncio
from typing import Any

import pytest

from hub_config.cluster import estimates as module
from hub_config.cluster.estimates import Estimates
from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Refused, Unanswered
from tests.schedulers.requests import job_request

START = "2026-11-21T13:00:00"


class Cluster:
    """Answers dry runs, one by one, in the place of the agent."""

    def __init__(self, answer: str | Exception = START) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0

    async def estimate(self, user: str, uuid: str, request: JobRequest) -> str:
        self.asked.append(user)
        assert len(uuid) == 32
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def estimates(cluster: Cluster) -> Estimates:
    client: Any = cluster
    return Estimates(client)


async def test_the_answer_is_good_for_a_while() -> None:
    found = estimates(cluster := Cluster())
    assert [await found.of("ann", job_request()) for _ in range(5)] == [START] * 5
    assert cluster.asked == ["ann"]


async def test_it_is_the_answer_to_this_person_and_this_request() -> None:
    found = estimates(cluster := Cluster())
    for user in ("ann", "bob"):
        for cores in (1, 2):
            await found.of(user, job_request(cores=cores))
    assert cluster.asked == ["ann", "ann", "bob", "bob"]


async def test_after_its_age_it_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGE", 0.0)
    found = estimates(cluster := Cluster())
    await found.of("ann", job_request())
    await found.of("ann", job_request())
    assert len(cluster.asked) == 2


async def test_one_person_has_one_question_at_a_time_and_all_together_few() -> None:
    found = estimates(cluster := Cluster())
    await asyncio.gather(*(found.of("ann", job_request(cores=n)) for n in range(1, 6)))
    assert (len(cluster.asked), cluster.most_at_once) == (5, 1)
    await asyncio.gather(*(found.of(f"user{n}", job_request()) for n in range(5)))
    assert (len(cluster.asked), cluster.most_at_once) == (10, module.FEW)


async def test_whoever_asks_too_much_at_once_is_told_nothing() -> None:
    found = estimates(cluster := Cluster())
    asked = (found.of("ann", job_request(cores=n)) for n in range(1, module.BACKLOG + 4))
    told = await asyncio.gather(*asked)
    assert (told.count(START), told.count("")) == (module.BACKLOG, 3)
    assert len(cluster.asked) == module.BACKLOG
    assert await found.of("ann", job_request(cores=99)) == START


async def test_a_no_is_told_in_its_words_and_kept_as_well() -> None:
    found = estimates(cluster := Cluster(Refused("Invalid account")))
    for _ in range(3):
        with pytest.raises(Refused, match="Invalid account"):
            await found.of("ann", job_request())
    assert len(cluster.asked) == 1


async def test_without_an_answer_nothing_is_told() -> None:
    found = estimates(cluster := Cluster(Unanswered("no")))
    assert await found.of("ann", job_request()) == ""
    assert len(cluster.asked) == 1


async def test_not_everything_is_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 10)
    found = estimates(Cluster())
    await asyncio.gather(*(found.of(f"user{n}", job_request()) for n in range(50)))
    assert len(found._answers) == 10 and len(found._turns) <= 50
    await found.of("ann", job_request())
    assert len(found._turns) <= 1
