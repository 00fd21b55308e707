"""The waiting page, and what is shown when there is no server, in their situations."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hub_config.cluster import words
from hub_config.cluster.ledger import Entry
from hub_config.cluster.told import tell
from hub_config.model.request import JobRequest
from hub_config.pages.failure import failure
from hub_config.pages.pending import failed, starting
from hub_config.refusal import SpawnRefused
from hub_config.schedulers.base import Ending, Job, Phase, Place
from tests.pages.drawing import Server, User, render

REQUEST = JobRequest(
    profile="compute-1", partition="compute", cores=24, memory=65536, walltime=28800,
    application="lab", gpus=1,
)  # fmt: skip
OPTIONS = {"profile": "advanced", "cores": "4", "memory": "24G", "log_name": "a b&c"}


def job(**changes: Any) -> Job:
    """A job that waits for others, at noon of the day after tomorrow."""
    start = (datetime.now() + timedelta(days=2)).strftime("%Y-%m-%dT12:00:00")
    waiting: dict[str, Any] = {
        "job_id": "4711", "uuid": "a" * 32, "user": "alice", "phase": Phase.PENDING,
        "state": "PENDING", "partition": "compute", "reason": "Priority", "start": start,
    }  # fmt: skip
    return Job(**waiting | changes)


def pending(server: Server, job: Job | None = None, **variables: Any) -> str:
    """The waiting page; *job*: as the scheduler shows it, None: not submitted yet."""
    server.user = server.user or User()
    progress = "/hub/api/users/alice/server/progress?_xsrf=the-token"
    known = starting(SimpleNamespace(child_spawner=Start(job)))
    return render("spawn_pending.html", spawner=server, progress_url=progress, **known | variables)


class Start:
    """What the page reads of the spawner's job."""

    uuid = "a" * 32
    request = REQUEST

    def __init__(self, job: Job | None) -> None:
        self.job = job
        texts = ["Submitting the job", words.progress(job)[0]] if job else []
        self.history = [(time.time() - 90, text) for text in texts]

    def event(self) -> dict[str, Any]:
        message, progress = words.progress(self.job)
        place = Place(3, 12, self.job.partition) if self.job else None
        about = tell(self.job, place, REQUEST, time.time() - 42).to_json()
        return {"message": message, "progress": progress, "about": about}


def not_running(**variables: Any) -> str:
    """No server, and nothing is known of one."""
    given: dict[str, Any] = {
        "failed": False,
        "failure": None,
        "server_name": "advanced",
        "spawn_url": "/hub/spawn/alice/advanced",
    }
    return render("not_running.html", **given | variables)


def broken(
    entry: Entry | None,
    error: BaseException | None = None,
    options: Mapping[str, str] = OPTIONS,
    support: str = "mailto:support@example.org?subject=Job%204711",
    **variables: Any,
) -> str:
    """No server, and why; *error*: what the start raised, None: this hub has not seen it."""
    spawn_url = "/hub/spawn/alice/advanced"
    found = failure(entry, error)
    assert found is not None
    known = failed(found, options, spawn_url, support)
    return not_running(**{"failed": error is not None} | known | variables)


def ended(**changes: Any) -> Entry:
    """The last row of a server whose job ran out of memory before it was up."""
    known: dict[str, Any] = {
        "uuid": "a" * 32, "user": "alice", "server": "advanced", "job_id": "4711",
        "ended": datetime(2026, 3, 1, 9, 30, tzinfo=UTC).timestamp(), "state": "OUT_OF_MEMORY",
        "message": words.cause(Ending(job_id="4711", state="OUT_OF_MEMORY")),
        "log": "Reading ~/jupyter_preload\nslurmstepd: error: Detected 1 oom_kill event",
        "request": {"user_script": "~/jupyter_preload"},
    }  # fmt: skip
    return Entry(**known | changes)


EARLY = SpawnRefused("Job 4711 ended before the server was ready.", reason="job")
REFUSED = ended(
    state="REFUSED", job_id="", log="", request={},
    message="sbatch: error: Batch job submission failed: Invalid account or account/partition",
)  # fmt: skip

SCENES: dict[str, Callable[[], str]] = {
    "pending": lambda: pending(Server("", pending="spawn")),
    "pending advanced": lambda: pending(Server("advanced", pending="spawn")),
    "waiting in the queue": lambda: pending(Server("advanced", pending="spawn"), job()),
    "waiting to connect": lambda: pending(
        Server("", pending="spawn"), job(phase=Phase.RUNNING, state="RUNNING", host="c1")
    ),
    "failed": lambda: broken(ended(), EARLY),
    "failed, told after a restart": lambda: broken(ended()),
    "failed in the hub": lambda: broken(None, RuntimeError("no")),
    "refused by the scheduler": lambda: broken(REFUSED, EARLY),
    "not running after its end": lambda: broken(ended(port=40000, host="c1")),
    "not running": not_running,
}
"""Every situation that looks different."""
