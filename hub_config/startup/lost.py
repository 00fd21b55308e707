"""Jobs of ours that the database does not know: those to bring back, and those to end."""

from collections.abc import Collection
from typing import Any

from jupyterhub import orm

from hub_config.cluster.ledger import Entry
from hub_config.cluster.poller import Snapshot
from hub_config.runtime import KEY, Runtime
from hub_config.schedulers.base import Job
from hub_config.startup.saved import uuid_of, uuids
from hub_config.startup.strays import Strays, living


class Lost:
    """Looks through snapshots for one hub."""

    def __init__(self, hub: Any) -> None:
        self._hub = hub
        self._runtime: Runtime = hub.tornado_settings[KEY]
        self._strays = Strays(self._runtime.marks, self._runtime.ledger, lambda: uuids(hub.users))

    def servers(self, snapshot: Snapshot) -> dict[tuple[str, str], Job]:
        """Return the jobs to make servers of, by user and server; all other strays are ended."""
        lost: dict[tuple[str, str], Job] = {}
        alive = {uuid for uuid, _ in living(snapshot.jobs.values())}
        for job in sorted(self._strays.among(snapshot), key=_newest_first):
            server = (job.user, job.server)
            if server not in lost and self._is_lost(job, alive):
                lost[server] = job
            else:
                self._end(job)
        return lost

    def end_unwanted(self, snapshot: Snapshot) -> None:
        """End what is proven to be wanted by nobody, such as a job submitted by a dead hub."""
        for job in self._strays.proven(snapshot):
            self._end(job)

    def spawner(self, job: Job) -> Any:
        """Return the spawner in the place of *job*; None: no server is active there."""
        row = orm.User.find(self._hub.db, job.user)
        found = self._hub.users[row].spawners.get(job.server) if row is not None else None
        return found if found is not None and found.active else None

    def _is_lost(self, job: Job, alive: Collection[str]) -> bool:
        """Whether a stray is a server to bring back: no row closed it, no other job has its place.

        A saved server of that name whose own job is not in the queue is older than this one.
        """
        if self._runtime.ledger.find(job.uuid) is not None:
            return False
        spawner = self.spawner(job)
        return spawner is None or (spawner.pending != "spawn" and uuid_of(spawner) not in alive)

    def _end(self, job: Job) -> None:
        text = "Job %s of %s was named by this hub and nobody wants it: it is cancelled"
        self._hub.log.warning(text, job.job_id, job.user)
        row = Entry(
            uuid=job.uuid, user=job.user, server=job.server, job_id=job.job_id, want_end=True
        )
        self._runtime.ledger.intend(row)
        self._runtime.watch.want_end(job.uuid)


def _newest_first(job: Job) -> tuple[int, str]:
    digits = job.job_id.partition(".")[0]
    return (-int(digits) if digits.isdigit() else 0, job.job_id)
