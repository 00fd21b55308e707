"""One job, seen through the hub's one snapshot of the queue: unknown is not gone."""

import time

from hub_config.cluster.poller import Poller, Snapshot
from hub_config.schedulers.base import Job, Phase

ENDED = (Phase.ENDED, Phase.ENDING)
PROOF = 2
"""Complete snapshots in a row without a job that prove that it is gone."""


class Sight:
    """Looks for the job *uuid*. *owner* None: all jobs of ours belong to one account.

    ``job_id`` may be unknown: a submission whose answer was lost may still have been accepted.
    """

    def __init__(self, poller: Poller, uuid: str, owner: str | None, job_id: str = "") -> None:
        self._poller = poller
        self.uuid, self.owner, self.job_id = uuid, owner, job_id
        self._not_before = 0.0
        self._absent_in = 0
        self._absences = 0

    def submitted(self) -> None:
        """Count only absences in snapshots asked from now on."""
        self._not_before = time.monotonic()

    async def look(self, max_age: float) -> Job | None:
        """Return the job as last seen; an ENDED one on proof of its absence; None: not known.

        A snapshot is at most *max_age* seconds old, or the last good one.
        """
        snapshot = await self._poller.snapshot(max_age)
        if snapshot is None:
            return None
        job = self._find(snapshot)
        if job is not None:
            self._absences = 0
            self.job_id = self.job_id or job.job_id
            return job
        if snapshot.number != self._absent_in and snapshot.asked > self._not_before:
            self._absent_in, self._absences = snapshot.number, self._absences + 1
        return self._gone() if self._absences >= PROOF else None

    def _find(self, snapshot: Snapshot) -> Job | None:
        """Return our job: by its uuid, since ids come round again and one may be unheard of.

        Comments, which carry the uuid, are public: the owner counts too.
        """
        known = snapshot.jobs.get(self.job_id)
        for job in (known,) if known and known.uuid == self.uuid else snapshot.jobs.values():
            if job.uuid == self.uuid and self.owner in (None, job.user):
                return job
        return None

    def _gone(self) -> Job:
        owner = self.owner or ""
        return Job(job_id=self.job_id, uuid=self.uuid, user=owner, phase=Phase.ENDED, state="")
