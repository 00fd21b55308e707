"""What a BatchJob believes: unknown is not gone, ended is proven, nobody else's job is ours.

The queue stands in for the agent, because a real one cannot be made to fail on cue.
"""

import asyncio
import time
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from hub_config import arrival
from hub_config.job import NO_DATABASE, UNHEARD, BatchJob
from hub_config.refusal import SpawnRefused
from hub_config.schedulers.base import Ending, Phase, Refused, Unanswered
from tests.spawner.conftest import REQUEST, UUID, Cluster, eventually, running


async def over(job: BatchJob) -> int | None:
    """Return what poll says once the job is known to be over."""
    await eventually(lambda: job.over)
    return await job.poll()


async def submitting(job: BatchJob) -> "asyncio.Task[tuple[str, int]]":
    launch = asyncio.create_task(job.launch({}, ""))
    await asyncio.sleep(0.01)
    return launch


# --- running, and the proof of an end


async def test_a_job_that_runs_and_reports_is_up(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    assert await job.poll() is None
    (entry,) = cluster.ledger.open()
    assert (entry.job_id, entry.host, entry.port, entry.user) == ("7", "n1", 40000, "ann")


@pytest.mark.parametrize(("state", "code"), [("COMPLETED", 0), ("OUT_OF_MEMORY", 1)])
async def test_the_schedulers_terminal_state_ends_it(
    cluster: Cluster, job: BatchJob, state: str, code: int
) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDED, state)
    assert await over(job) == code
    assert cluster.revoked == ["hash"]


async def test_completing_is_the_end(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDING, "COMPLETING")
    assert await over(job) == 1


async def test_no_answer_is_not_the_end(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.silent = True
    cluster.jobs.clear()
    await asyncio.sleep(0.5)
    assert cluster.poller.failing_since is not None
    assert await job.poll() is None
    assert cluster.cancelled == []


async def test_a_job_that_is_listed_no_more_is_over(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.jobs.clear()
    assert await over(job) == 1


async def test_a_strange_state_keeps_the_server(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.UNKNOWN, "NEWFANGLED")
    await cluster.rounds(3)
    assert await job.poll() is None


async def test_another_job_with_our_id_is_not_ours(cluster: Cluster, job: BatchJob) -> None:
    """Job ids begin again at one after MaxJobId."""
    await running(cluster, job)
    cluster.put("f" * 32, Phase.RUNNING, "RUNNING", host="n1")
    assert await over(job) == 1
    assert cluster.jobs["7"].phase is Phase.RUNNING


async def test_whoever_wants_to_know_of_the_end_is_told(cluster: Cluster, job: BatchJob) -> None:
    told = asyncio.Event()
    job.on_end = told.set
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDED, "TIMEOUT")
    await asyncio.wait_for(told.wait(), 10)
    assert await job.poll() == 1


async def test_what_a_job_left_behind_is_removed(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDED, "TIMEOUT")
    await over(job)
    await asyncio.sleep(0.1)
    assert cluster.cancelled == ["7"]


async def test_the_port_is_noted_beside_the_job(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    await cluster.rounds(3)
    assert cluster.notes == [("7", 40000)]


# --- the causes of an end


async def test_an_end_is_kept_with_its_cause(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.accounting["7"] = Ending(job_id="7", state="CANCELLED", by="root")
    cluster.log_tail = "slurmstepd: error: *** CANCELLED ***\n"
    cluster.put(job.uuid, Phase.ENDED, "CANCELLED")
    await over(job)
    entry = cluster.ledger.find(UUID)
    assert entry is not None
    assert (entry.state, entry.by, entry.log) == ("CANCELLED", "root", cluster.log_tail)
    assert entry.message


async def test_without_accounting_the_queue_tells(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDED, "NODE_FAIL", reason="NodeDown")
    await over(job)
    entry = cluster.ledger.find(UUID)
    assert entry is not None
    assert (entry.state, entry.reason) == ("NODE_FAIL", "NodeDown")


async def test_death_before_the_report_is_told_with_cause_and_log(
    cluster: Cluster, job: BatchJob
) -> None:
    launch = await submitting(job)
    cluster.accounting["7"] = Ending(job_id="7", state="NODE_FAIL", reason="NodeDown")
    cluster.log_tail = "the last words\n"
    cluster.put(job.uuid, Phase.ENDED, "NODE_FAIL")
    with pytest.raises(SpawnRefused) as refused:
        await asyncio.wait_for(launch, 10)
    entry = cluster.ledger.find(UUID)
    assert entry is not None
    assert entry.message in refused.value.jupyterhub_message
    assert "the last words" in refused.value.jupyterhub_message


async def test_a_job_that_can_never_start_is_told_and_ended(
    cluster: Cluster, job: BatchJob
) -> None:
    launch = await submitting(job)
    cluster.put(job.uuid, Phase.PENDING, "Eqw", reason="Error", stuck=True)
    with pytest.raises(SpawnRefused, match=r"cannot start: the scheduler says Eqw \(Error\)"):
        await asyncio.wait_for(launch, 10)
    await asyncio.wait_for(job.stop(), 10)
    assert cluster.cancelled == ["7"]


async def test_an_accounting_that_hangs_holds_nobody_up(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(ids: tuple[str, ...]) -> dict[str, Ending]:
        await asyncio.sleep(3600)
        return {}

    monkeypatch.setattr(cluster, "endings", hang)
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDED, "TIMEOUT")
    assert await over(job) == 1


# --- submissions that fail, or may have failed


async def test_a_refusal_is_told_in_the_schedulers_words(cluster: Cluster, job: BatchJob) -> None:
    cluster.refusal = Refused("sbatch: error: Invalid qos specification")
    with pytest.raises(SpawnRefused, match="Invalid qos"):
        await job.launch({}, "")
    assert await job.poll() == 1
    assert cluster.ledger.open() == []
    await asyncio.wait_for(job.stop(), 10)


async def test_a_job_that_nobody_would_remember_is_not_submitted(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_entry: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(cluster.ledger, "intend", full)
    job = cluster.child()
    job.uuid, job.request = UUID, REQUEST
    with pytest.raises(SpawnRefused) as refused:
        job.intend()
    assert refused.value.jupyterhub_message == NO_DATABASE


async def test_a_start_given_up_during_submission_leaves_no_job(
    cluster: Cluster, job: BatchJob
) -> None:
    cluster.accepting.clear()
    launch = await submitting(job)
    launch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await launch
    await cluster.rounds(3)
    assert await job.poll() is None
    stop = asyncio.create_task(job.stop())
    await asyncio.sleep(0.01)
    cluster.accepting.set()
    await asyncio.wait_for(stop, 10)
    assert cluster.cancelled == ["7"]


async def test_a_job_accepted_unheard_is_found_by_its_uuid_and_used(
    cluster: Cluster, job: BatchJob
) -> None:
    """The answer was lost, or was garbage, or the command was killed after its word was sent."""
    cluster.refusal = Unanswered("sbatch: error: Socket timed out")
    launch = await submitting(job)
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", host="n1")
    assert job.report(40000)
    assert await asyncio.wait_for(launch, 10) == ("n1", 40000)
    (entry,) = cluster.ledger.open()
    assert entry.job_id == job.job_id == "7"


async def test_a_submission_that_came_to_nothing_is_told(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "DOUBT", 0.2)
    cluster.refusal = Unanswered("sbatch: error: Socket timed out")
    with pytest.raises(SpawnRefused, match="Socket timed out"):
        await asyncio.wait_for(job.launch({}, ""), 10)
    await asyncio.wait_for(job.stop(), 10)


async def test_a_scheduler_that_is_away_keeps_nobody_waiting_for_a_start(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "DOUBT", 0.2)
    cluster.silent = True
    cluster.refusal = Unanswered("sbatch: error: Unable to contact slurm controller")
    with pytest.raises(SpawnRefused, match="Unable to contact"):
        await asyncio.wait_for(job.launch({}, ""), 10)
    await asyncio.wait_for(job.stop(), 10)
    assert [entry.want_end for entry in cluster.ledger.open()] == [True]


async def test_a_job_that_turns_up_after_its_start_was_given_up_is_cancelled(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "DOUBT", 0.2)
    cluster.refusal = Unanswered("sbatch: error: Socket timed out")
    with pytest.raises(SpawnRefused):
        await asyncio.wait_for(job.launch({}, ""), 10)
    await asyncio.wait_for(job.stop(), 10)
    assert len(cluster.ledger.open()) == 1, "it is still looked for"
    cluster.put(job.uuid, Phase.PENDING, "PENDING")
    assert await over(job) == 1
    assert cluster.cancelled == ["7"]
    assert cluster.ledger.open() == []


async def test_a_strangers_job_with_our_uuid_is_not_ours(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comments in the queue are public, so anybody can copy one."""
    monkeypatch.setattr(arrival, "DOUBT", 0.2)
    cluster.refusal = Unanswered("sbatch: error: Socket timed out")
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", user="mallory", host="n9")
    with pytest.raises(SpawnRefused):
        await asyncio.wait_for(job.launch({}, ""), 10)
    await asyncio.wait_for(job.stop(), 10)
    assert cluster.cancelled == []


# --- stop


async def test_stop_returns_when_the_scheduler_says_so_and_not_before(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    cluster.silent = True
    stop = asyncio.create_task(job.stop())
    await asyncio.sleep(0.3)
    assert not stop.done()
    assert cluster.ledger.open()[0].want_end
    cluster.silent = False
    await asyncio.wait_for(stop, 10)
    assert cluster.ledger.open() == []


async def test_a_cancel_that_fails_is_tried_again(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_config.cluster.cancels.FIRST_PAUSE", 0.05)
    await running(cluster, job)
    cluster.cancel_fails = True
    stop = asyncio.create_task(job.stop())
    await asyncio.sleep(0.5)
    assert not stop.done()
    assert len(cluster.cancelled) > 1
    cluster.cancel_fails = False
    await asyncio.wait_for(stop, 10)


async def test_a_scheduler_that_is_silent_is_not_asked_to_cancel(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    cluster.silent = True
    await eventually(lambda: cluster.poller.failing_since is not None)
    stop = asyncio.create_task(job.stop())
    await asyncio.sleep(0.2)
    assert cluster.cancelled == []
    cluster.silent = False
    await asyncio.wait_for(stop, 10)
    assert cluster.cancelled == ["7"]


# --- progress


async def test_the_waiting_page_is_told_what_is_new(cluster: Cluster, job: BatchJob) -> None:
    launch = await submitting(job)
    await cluster.rounds(1)
    events = job.progress()
    first = await anext(events)
    assert first["waiting"]["job_id"] == "7"
    placed = await asyncio.wait_for(anext(events), 10)
    assert (placed["waiting"]["position"], placed["waiting"]["waiting"]) == (3, 9)
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", host="n1")
    started = await asyncio.wait_for(anext(events), 10)
    assert started["progress"] > placed["progress"]
    await events.aclose()
    launch.cancel()


# --- reports


async def test_a_report_counts_once(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    assert job.report(40000)
    assert not job.report(40001)
    assert job.port == 40000


async def test_a_report_of_a_job_that_is_over_is_too_late(cluster: Cluster, job: BatchJob) -> None:
    launch = await submitting(job)
    cluster.put(job.uuid, Phase.ENDED, "FAILED")
    with pytest.raises(SpawnRefused):
        await asyncio.wait_for(launch, 10)
    assert not job.report(40000)


# --- the next hub


def next_hub(cluster: Cluster, job: BatchJob) -> BatchJob:
    """Return the job as a hub sees it that has just started."""
    cluster.watch = cluster.new_watch()
    again = cluster.child()
    again.load_state(job.get_state())
    return again


async def test_state_holds_the_whole_request(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    again = next_hub(cluster, job)
    assert again.request == REQUEST
    await cluster.rounds(2)
    assert await again.poll() is None


async def test_a_start_goes_on_under_the_next_hub(cluster: Cluster, job: BatchJob) -> None:
    launch = await submitting(job)
    state = cluster.child()
    state.load_state({**job.get_state(), "job_id": ""})  # as saved before the submission
    launch.cancel()
    again = next_hub(cluster, state)
    resumed = asyncio.create_task(again.resume())
    await asyncio.sleep(0.1)
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", host="n1")
    assert again.report(40000)
    assert await asyncio.wait_for(resumed, 10) == ("n1", 40000)
    assert again.job_id == "7"


async def test_a_start_that_was_not_submitted_is_given_up(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "DOUBT", 0.2)
    again = next_hub(cluster, job)
    with pytest.raises(SpawnRefused) as refused:
        await asyncio.wait_for(again.resume(), 10)
    assert refused.value.jupyterhub_message == UNHEARD


async def test_a_start_that_waited_too_long_is_given_up(
    cluster: Cluster, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "DOUBT", 0.2)
    await submitting(job)
    cluster.ledger.intend(replace(cluster.ledger.open()[0], created=time.time() - 7200))
    again = next_hub(cluster, job)
    with pytest.raises(SpawnRefused, match="was not ready after 00:10:00"):
        await asyncio.wait_for(again.resume(), 10)


async def test_an_end_that_was_wanted_is_brought_about_by_the_next_hub(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    cluster.ledger.want_end(UUID)
    cluster.watch = cluster.new_watch()
    cluster.watch.start()
    await eventually(lambda: not cluster.ledger.open())
    assert cluster.cancelled == ["7"]
    assert cluster.revoked == ["hash"]


async def test_a_job_that_ended_under_no_hub_is_over(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDED, "TIMEOUT")
    again = next_hub(cluster, job)
    assert await over(again) == 1
    assert await next_hub(cluster, job).poll() == 1


async def test_a_server_of_before_there_was_a_ledger_is_followed(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    state = {**job.get_state(), "uuid": "b" * 32}
    again = cluster.child()
    again.load_state(state)
    assert await again.poll() is None
    cluster.put("b" * 32, Phase.ENDED, "COMPLETED")
    assert await over(again) == 0


async def test_a_request_of_another_version_costs_no_server(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    state = job.get_state()
    state["request"] = {"profile": "small", "floppy": True}
    again = cluster.child()
    again.load_state(state)
    assert again.request is None
    assert await again.poll() is None
