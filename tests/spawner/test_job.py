"""What a BatchJob believes: unknown is not gone, ended is proven, nobody else's job is ours.

The queue stands in for the agent, because a real one cannot be made to fail on cue.
"""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from hub_config.cluster.poller import Poller
from hub_config.job import BatchJob, SpawnRefused
from hub_config.model.request import JobRequest
from hub_config.runtime import KEY
from hub_config.schedulers.base import Job, Phase, Refused, Unanswered

REQUEST = JobRequest(
    profile="small", partition="shared", cores=1, memory=1024, walltime=3600, application="lab"
)


class Cluster:
    """A queue and an agent under the test's control."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.silent = False
        self.refusal: Exception | None = None
        self.accepting = asyncio.Event()
        self.accepting.set()
        self.cancelled: list[str] = []
        self.site = SimpleNamespace(scheduler=SimpleNamespace(poll_interval=0.0))
        self.many_accounts = True
        self.client = self
        self.poller = Poller(self.ask)

    async def ask(self) -> Mapping[str, Job]:
        if self.silent:
            raise Unanswered("slurm_load_jobs error: Unable to contact slurm controller")
        return dict(self.jobs)

    async def submit(self, user: str, uuid: str, *rest: Any) -> str:
        await self.accepting.wait()
        if self.refusal:
            raise self.refusal
        self.put(uuid, Phase.PENDING, "PENDING")
        return "7"

    async def cancel(self, user: str, job_id: str, uuid: str) -> None:
        self.cancelled.append(job_id)
        self.put(uuid, Phase.ENDED, "CANCELLED")

    def put(self, uuid: str, phase: Phase, state: str, user: str = "ann", **more: str) -> None:
        self.jobs["7"] = Job(job_id="7", uuid=uuid, user=user, phase=phase, state=state, **more)


@pytest.fixture
async def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
async def job(cluster: Cluster) -> BatchJob:
    """A job that is intended and not yet submitted."""
    job = BatchJob(user=SimpleNamespace(name="ann", settings={KEY: cluster}))
    job.intend(REQUEST, "hash")
    return job


async def running(cluster: Cluster, job: BatchJob) -> None:
    """Bring *job* to where it runs and has told its port."""
    launch = asyncio.create_task(job.launch({}, ""))
    await asyncio.sleep(0.01)
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", host="n1")
    assert job.report(40000)
    assert await launch == ("n1", 40000)


async def test_a_job_that_runs_and_reports_is_up(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    assert await job.poll() is None


@pytest.mark.parametrize(("state", "code"), [("COMPLETED", 0), ("OUT_OF_MEMORY", 1)])
async def test_the_schedulers_terminal_state_ends_it(
    cluster: Cluster, job: BatchJob, state: str, code: int
) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDED, state)
    assert await job.poll() == code


async def test_completing_is_the_end(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.ENDING, "COMPLETING")
    assert await job.poll() == 1


async def test_no_answer_is_not_the_end(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.silent = True
    for _ in range(20):
        assert await job.poll() is None


async def test_one_snapshot_without_it_is_not_the_end_and_two_are(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    cluster.jobs.clear()
    assert await job.poll() is None
    assert await job.poll() == 1


async def test_a_failed_query_between_two_snapshots_does_not_count(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    cluster.jobs.clear()
    assert await job.poll() is None
    cluster.silent = True
    assert await job.poll() is None
    cluster.silent = False
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", host="n1")
    assert await job.poll() is None
    cluster.jobs.clear()
    assert await job.poll() is None


async def test_a_strange_state_keeps_the_server(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    cluster.put(job.uuid, Phase.UNKNOWN, "NEWFANGLED")
    assert await job.poll() is None


async def test_death_before_the_report_is_told_with_the_schedulers_words(
    cluster: Cluster, job: BatchJob
) -> None:
    launch = asyncio.create_task(job.launch({}, ""))
    await asyncio.sleep(0.01)
    cluster.put(job.uuid, Phase.ENDED, "NODE_FAIL", reason="NodeDown")
    with pytest.raises(SpawnRefused, match=r"NODE_FAIL \(NodeDown\)"):
        await launch


async def test_a_refusal_is_told_in_the_schedulers_words(cluster: Cluster, job: BatchJob) -> None:
    cluster.refusal = Refused("sbatch: error: Invalid qos specification")
    with pytest.raises(SpawnRefused, match="Invalid qos"):
        await job.launch({}, "")
    assert await job.poll() == 1


async def test_a_start_given_up_during_submission_leaves_no_job(
    cluster: Cluster, job: BatchJob
) -> None:
    cluster.accepting.clear()
    launch = asyncio.create_task(job.launch({}, ""))
    await asyncio.sleep(0.01)
    launch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await launch
    assert await job.poll() is None
    stop = asyncio.create_task(job.stop())
    await asyncio.sleep(0.01)
    cluster.accepting.set()
    await stop
    assert cluster.cancelled == ["7"]


async def test_a_job_accepted_unheard_is_found_by_its_uuid_and_cancelled(
    cluster: Cluster, job: BatchJob
) -> None:
    cluster.refusal = Unanswered("sbatch: error: Socket timed out")
    with pytest.raises(SpawnRefused):
        await job.launch({}, "")
    cluster.put(job.uuid, Phase.PENDING, "PENDING")
    await job.stop()
    assert cluster.cancelled == ["7"]


async def test_a_strangers_job_with_our_uuid_is_not_ours(cluster: Cluster, job: BatchJob) -> None:
    """Comments in the queue are public, so anybody can copy one."""
    cluster.refusal = Unanswered("sbatch: error: Socket timed out")
    with pytest.raises(SpawnRefused):
        await job.launch({}, "")
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", user="mallory", host="n9")
    await job.stop()
    assert cluster.cancelled == []


async def test_another_job_with_our_id_is_not_ours(cluster: Cluster, job: BatchJob) -> None:
    """Job ids begin again at one after MaxJobId."""
    await running(cluster, job)
    cluster.put("f" * 32, Phase.RUNNING, "RUNNING", host="n1")
    assert await job.poll() is None
    assert await job.poll() == 1


async def test_stop_returns_when_the_scheduler_says_so_and_not_before(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    cluster.silent = True
    stop = asyncio.create_task(job.stop())
    await asyncio.sleep(0.2)
    assert not stop.done()
    cluster.silent = False
    await stop


async def test_a_report_counts_once(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    assert job.report(40000)
    assert not job.report(40001)
    assert job.port == 40000


async def test_state_holds_the_whole_request(cluster: Cluster, job: BatchJob) -> None:
    await running(cluster, job)
    again = BatchJob(user=SimpleNamespace(name="ann", settings={KEY: cluster}))
    again.load_state(job.get_state())
    assert again.request == REQUEST
    assert await again.poll() is None


async def test_a_request_of_another_version_costs_no_server(
    cluster: Cluster, job: BatchJob
) -> None:
    await running(cluster, job)
    state = job.get_state()
    state["request"] = {"profile": "small", "floppy": True}
    again = BatchJob(user=SimpleNamespace(name="ann", settings={KEY: cluster}))
    again.load_state(state)
    assert await again.poll() is None
