"""A cluster under the test's control, and jobs of a hub on it, in the place of an agent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub import orm

from hub_config.cluster import notes, poller, watch
from hub_config.cluster.ledger import Ledger
from hub_config.cluster.poller import Poller
from hub_config.cluster.waiting import Queue
from hub_config.cluster.watch import Watch
from hub_config.job import BatchJob
from hub_config.model.request import JobRequest
from hub_config.runtime import KEY
from hub_config.schedulers.base import Ending, Job, Phase, Place, Unanswered

REQUEST = JobRequest(
    profile="small", partition="shared", cores=1, memory=1024, walltime=3600, application="lab"
)
UUID = "a" * 32


class Cluster:
    """A queue and an agent that do as they are told; the rest is the hub's own."""

    def __init__(self, db: Any) -> None:
        self.jobs: dict[str, Job] = {}
        self.silent = False
        self.refusal: Exception | None = None
        self.cancel_fails = False
        self.accepting = asyncio.Event()
        self.accepting.set()
        self.cancelled: list[str] = []
        self.notes: list[tuple[str, int]] = []
        self.accounting: dict[str, Ending] = {}
        self.log_tail = ""
        self.revoked: list[str] = []
        self.site = SimpleNamespace(scheduler=SimpleNamespace(start_timeout=3600, http_timeout=120))
        self.client: Any = self
        self.poller = Poller(self.ask)
        self.queue = Queue(self.places)
        self.ledger = Ledger(db)
        self.watch = self.new_watch()

    def new_watch(self) -> Watch:
        """Return the watch of a hub that has just started."""
        return Watch(
            self.poller, self.client, self.ledger, interval=0.05, revoke=self.revoked.append
        )

    async def ask(self) -> Mapping[str, Job]:
        if self.silent:
            raise Unanswered("slurm_load_jobs error: Unable to contact slurm controller")
        return dict(self.jobs)

    async def places(self) -> Mapping[str, Place]:
        return {"7": Place(3, 9, "shared", "")}

    async def submit(self, user: str, uuid: str, *rest: Any) -> str:
        await self.accepting.wait()
        if self.refusal:
            raise self.refusal
        self.put(uuid, Phase.PENDING, "PENDING")
        return "7"

    async def cancel(self, user: str, job_id: str, uuid: str) -> None:
        self.cancelled.append(job_id)
        if self.cancel_fails:
            raise Unanswered("scancel: error: Socket timed out on send/recv operation")
        if any(job.uuid == uuid for job in self.jobs.values()):
            self.put(uuid, Phase.ENDED, "CANCELLED")

    async def note(self, user: str, job_id: str, uuid: str, server: str, port: int) -> None:
        self.notes.append((job_id, port))

    async def endings(self, ids: tuple[str, ...]) -> dict[str, Ending]:
        return {job_id: self.accounting[job_id] for job_id in ids if job_id in self.accounting}

    async def log(self, user: str, job_id: str, name: str) -> str:
        return self.log_tail

    def put(self, uuid: str, phase: Phase, state: str, user: str = "ann", **more: Any) -> None:
        self.jobs["7"] = Job(job_id="7", uuid=uuid, user=user, phase=phase, state=state, **more)

    async def rounds(self, count: int) -> None:
        """Return when so many more snapshots have been taken in."""
        for _ in range(count):
            await asyncio.wait_for(self.watch.round(), 10)

    def child(self) -> BatchJob:
        return BatchJob(user=SimpleNamespace(name="ann", settings={KEY: self}))


@pytest.fixture
async def cluster(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cluster]:
    """A scheduler that may be asked at any time."""
    monkeypatch.setattr(poller, "BURST", 10_000)
    monkeypatch.setattr(poller, "RETRY", 0.05)
    monkeypatch.setattr(watch, "FIRST", 0.02)
    monkeypatch.setattr(notes, "FIRST", 0.0)
    db = orm.new_session_factory("sqlite:///:memory:")()
    yield Cluster(db)
    db.close()
    db.get_bind().dispose()


@pytest.fixture
async def job(cluster: Cluster) -> BatchJob:
    """A job that is intended and not yet submitted."""
    job = cluster.child()
    job.uuid, job.request, job.token_hash = UUID, REQUEST, "hash"
    job.intend()
    return job


async def eventually(condition: Callable[[], object]) -> None:
    """Return when *condition* holds."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come to be")


async def running(cluster: Cluster, job: BatchJob) -> None:
    """Bring *job* to where it runs and has told its port."""
    launch = asyncio.create_task(job.launch({}, ""))
    await asyncio.sleep(0.01)
    cluster.put(job.uuid, Phase.RUNNING, "RUNNING", host="n1")
    assert job.report(40000)
    assert await asyncio.wait_for(launch, 10) == ("n1", 40000)
