"""Jobs in the queue that this hub named and does not know, told from those of everybody else.

Other hubs share the cluster, and anybody can give a job our name and a comment like ours; only
``marks`` says what is ours. A job whose name proves nothing is never touched.
"""

from collections.abc import Callable, Iterable

from hub_config.cluster.ledger import Ledger
from hub_config.cluster.poller import Snapshot
from hub_config.marks import Marks
from hub_config.schedulers.base import Job, Phase

LIVING = (Phase.PENDING, Phase.RUNNING)
PROOF = 2
"""Complete snapshots in a row in which nobody must have wanted a job before it is ended."""

Key = tuple[str, str]


def living(jobs: Iterable[Job]) -> dict[Key, Job]:
    """Return the jobs that wait or run, by uuid and user: a comment can be copied by others."""
    return {(job.uuid, job.user): job for job in jobs if job.phase in LIVING}


class Strays:
    """Finds them. *wanted* returns the uuids of all servers of the hub."""

    def __init__(self, marks: Marks, ledger: Ledger, wanted: Callable[[], set[str]]) -> None:
        self._marks, self._ledger, self._wanted = marks, ledger, wanted
        self._foreign: set[Key] = set()
        self._seen: dict[str, int] = {}
        self._number = 0

    def among(self, snapshot: Snapshot) -> list[Job]:
        """Return the living jobs of ours that no server and no open row of the ledger has."""
        jobs, wanted = living(snapshot.jobs.values()), self._wanted()
        self._foreign &= jobs.keys()
        unknown = (key for key in jobs.keys() - self._foreign if key[0] not in wanted)
        return [jobs[key] for key in unknown if self._is_stray(key, jobs[key].server)]

    def proven(self, snapshot: Snapshot) -> list[Job]:
        """Return those that were strays in PROOF snapshots in a row, this one the last."""
        if snapshot.number == self._number:
            return []
        self._number = snapshot.number
        strays = self.among(snapshot)
        self._seen = {job.uuid: self._seen.get(job.uuid, 0) + 1 for job in strays}
        return [job for job in strays if self._seen[job.uuid] >= PROOF]

    def _is_stray(self, key: Key, server: str) -> bool:
        uuid, user = key
        if not self._marks.ours(uuid, user, server):
            self._foreign.add(key)
            return False
        entry = self._ledger.find(uuid)
        return entry is None or entry.ended is not None
