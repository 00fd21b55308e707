"""One job, as the hub's snapshots of the queue show it: unknown is not gone."""

import math
import time

from hub_config.cluster.poller import Snapshot
from hub_config.schedulers.base import Job, Phase

ENDED = (Phase.ENDED, Phase.ENDING)
PROOF = 2
"""Complete snapshots in a row without a job that prove that it is gone."""
LATE = 120.0
"""Seconds after a submission without an answer for which its job may still turn up, at least: a
command that was killed may have told the scheduler, and a busy one takes its time."""


class Sight:
    """Looks for the job *uuid*. *owner* None: all jobs of ours belong to one account.

    ``job_id`` may be unknown: a submission whose answer was lost may still have been accepted,
    and its job turn up for *late* seconds.
    """

    def __init__(self, uuid: str, owner: str | None, job_id: str = "", late: float = LATE) -> None:
        self.uuid, self.owner, self.job_id = uuid, owner, job_id
        self._late = late
        self.job: Job | None = None
        self._not_before = time.monotonic()
        self._absent_in = self._absences = 0

    def submitting(self) -> None:
        """Count no absences until ``submitted``."""
        self._not_before = math.inf

    def submitted(self) -> None:
        """Count only absences in snapshots asked from now on."""
        self._not_before, self._absences = time.monotonic(), 0

    def see(self, snapshot: Snapshot) -> Job | None:
        """Take a snapshot in and return the job as last seen; None: never seen."""
        job = self._find(snapshot)
        if job is not None:
            self._absences = 0
            self.job_id, self.job = self.job_id or job.job_id, job
        elif snapshot.number != self._absent_in and snapshot.asked > self._not_before:
            self._absent_in, self._absences = snapshot.number, self._absences + 1
        return self.job

    @property
    def missed(self) -> bool:
        """Whether it is in question: the next snapshot is awaited."""
        return 0 < self._absences < PROOF

    @property
    def absent(self) -> bool:
        """Whether the scheduler provably does not list it (now: see ``gone``)."""
        return self._absences >= PROOF

    @property
    def gone(self) -> bool:
        """Whether it has provably ended, or provably never came to be."""
        if self.job is not None and self.job.phase in ENDED:
            return True
        late = 0.0 if self.job_id else self._late
        return self.absent and time.monotonic() - self._not_before >= late

    def _find(self, snapshot: Snapshot) -> Job | None:
        """Return our job: by its uuid, since ids come round again and one may be unheard of.

        Comments, which carry the uuid, are public: the owner counts too.
        """
        theirs = snapshot.by_uuid.get(self.uuid, ())
        ours = [job for job in theirs if self.owner in (None, job.user)]
        known = [job for job in ours if job.job_id == self.job_id]
        return next(iter(known or ours), None)
