"""The one loop: it asks only while there is a job, once for all, and never gives a job up."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy.exc import OperationalError

from hub_config.cluster import cancels, watch
from hub_config.cluster.ledger import Entry
from hub_config.cluster.watch import Watched
from hub_config.schedulers.base import Ending, Job, Phase, Unanswered
from tests.spawner.conftest import Cluster, eventually


def uuid(number: int) -> str:
    return f"{number:032x}"


def follow(cluster: Cluster, count: int) -> list[Watched]:
    """Put running servers of *count* users into ledger and queue, and follow them."""
    followed = []
    for number in range(count):
        name = f"user{number}"
        cluster.ledger.intend(
            Entry(uuid=uuid(number), user=name, server="", job_id=str(number), token_hash=name)
        )
        cluster.jobs[str(number)] = running(number)
        watched = cluster.watch.follow(uuid(number))
        assert watched is not None
        followed.append(watched)
    return followed


def running(number: int, phase: Phase = Phase.RUNNING, state: str = "RUNNING") -> Job:
    job_id, name = str(number), f"user{number}"
    return Job(
        job_id=job_id, uuid=uuid(number), user=name, phase=phase, state=state, host="n1", port=1
    )


async def test_nobody_is_asked_while_there_is_no_job(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def ask() -> Mapping[str, Job]:
        nonlocal asked
        asked += 1
        return dict(cluster.jobs)

    monkeypatch.setattr(cluster.poller, "_ask", ask)
    cluster.watch.start()
    await asyncio.sleep(0.2)
    assert asked == 0
    (watched,) = follow(cluster, 1)
    await cluster.rounds(2)
    cluster.jobs.clear()
    await asyncio.wait_for(watched.over.wait(), 10)
    await asyncio.sleep(0.1)
    before = asked
    await asyncio.sleep(0.3)
    assert asked == before


async def test_all_that_end_in_one_round_are_one_question(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[tuple[str, ...]] = []

    async def endings(ids: tuple[str, ...]) -> dict[str, Ending]:
        questions.append(ids)
        return {job_id: Ending(job_id=job_id, state="NODE_FAIL") for job_id in ids}

    monkeypatch.setattr(cluster, "endings", endings)
    followed = follow(cluster, 50)
    await cluster.rounds(1)
    for number in range(50):
        cluster.jobs[str(number)] = running(number, Phase.ENDED, "NODE_FAIL")
    await asyncio.gather(*(asyncio.wait_for(one.over.wait(), 10) for one in followed))
    assert [len(ids) for ids in questions] == [50]
    assert cluster.ledger.open() == []
    assert len(cluster.revoked) == 50


async def test_an_accounting_that_lags_is_asked_again(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "AGAIN", (0.1, 0.1))
    (watched,) = follow(cluster, 1)
    cluster.jobs.clear()
    await asyncio.wait_for(watched.over.wait(), 10)
    cluster.accounting["0"] = Ending(job_id="0", state="CANCELLED", by="root")
    await eventually(lambda: (found := cluster.ledger.find(uuid(0))) and found.by == "root")


async def test_an_end_that_could_not_be_dealt_with_is_dealt_with_later(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(ids: tuple[str, ...]) -> dict[str, Ending]:
        raise ZeroDivisionError

    monkeypatch.setattr(cluster, "endings", broken)
    (watched,) = follow(cluster, 1)
    cluster.jobs.clear()
    await cluster.rounds(4)
    assert not watched.over.is_set()
    monkeypatch.undo()
    monkeypatch.setattr(watch, "FIRST", 0.02)
    await asyncio.wait_for(watched.over.wait(), 10)


async def test_a_round_that_goes_wrong_is_not_the_last(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> Mapping[str, Job]:
        raise ZeroDivisionError

    (watched,) = follow(cluster, 1)
    with monkeypatch.context() as patch:
        patch.setattr(cluster.poller, "_ask", broken)
        await asyncio.sleep(0.2)
    cluster.jobs.clear()
    await asyncio.wait_for(watched.over.wait(), 10)


async def test_when_cancels_work_again_all_that_was_stopped_ends(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancels, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(cancels, "LONGEST_PAUSE", 0.1)
    at_once, most, works = 0, 0, False

    async def cancel(user: str, job_id: str, uuid: str) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        if not works:
            raise Unanswered("scancel: error: Kill job error")
        number = int(job_id)
        cluster.jobs[job_id] = running(number, Phase.ENDED, "CANCELLED")

    monkeypatch.setattr(cluster, "cancel", cancel)
    followed = follow(cluster, 20)
    for number in range(20):
        cluster.watch.want_end(uuid(number))
    await asyncio.sleep(0.5)
    assert not any(one.over.is_set() for one in followed)
    assert [entry.want_end for entry in cluster.ledger.open()] == [True] * 20
    works = True
    await asyncio.gather(*(asyncio.wait_for(one.over.wait(), 20) for one in followed))
    assert most <= cancels.AT_ONCE
    assert cluster.ledger.open() == []


async def test_a_token_that_cannot_be_ended_now_is_ended_later(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the end of its job is known all the same."""
    monkeypatch.setattr(watch, "RETRY", 0.05)
    (watched,) = follow(cluster, 1)
    locked = OperationalError("DELETE", {}, Exception("database is locked"))

    def fails(_hash: str) -> None:
        raise locked

    monkeypatch.setattr(cluster.watch, "_revoke", fails)
    cluster.jobs.clear()
    await asyncio.wait_for(watched.over.wait(), 10)
    monkeypatch.setattr(cluster.watch, "_revoke", cluster.revoked.append)
    await eventually(lambda: cluster.revoked == ["user0"])


async def test_a_port_that_cannot_be_noted_costs_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def note(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise Unanswered("scontrol: error: Unable to contact slurm controller")

    monkeypatch.setattr(cluster, "note", note)
    monkeypatch.setattr("hub_config.cluster.notes.AGAIN", 0.0)
    (watched,) = follow(cluster, 1)
    cluster.ledger.listening(uuid(0), "n1", 40000)
    await cluster.rounds(12)
    assert tries == 5
    assert not watched.over.is_set()
