"""What the pending page needs to know about a job that waits, and the queue it waits in.

The whole queue of a cluster may be long, so it is asked for only while somebody waits, at most
once in AGE seconds, in the background and for all together. Nobody's look is a question.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hub_config.cluster import words
from hub_config.cluster.cached import Cached
from hub_config.cluster.reasons import sentence
from hub_config.schedulers.base import Job, Phase, Place

AGE = 15.0
TOO_OLD = 60.0
"""Seconds after which a place in the queue is no longer told: better none than a wrong one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A waiting job. ``elapsed`` in seconds; ``position`` 1 is next, 0: not known."""

    job_id: str
    partition: str
    state: str
    reason: str
    sentence: str
    position: int
    waiting: int
    start: str
    """Expected start, ``YYYY-MM-DDTHH:MM:SS`` of the scheduler's clock; empty: not known."""
    elapsed: int

    def to_json(self) -> dict[str, Any]:
        """Return what the page gets."""
        return asdict(self)


class Queue:
    """The places of all pending jobs, as last told by *ask*."""

    def __init__(self, ask: Callable[[], Awaitable[Mapping[str, Place]]]) -> None:
        self._places = Cached(ask, AGE)
        self._counted: tuple[object, Mapping[str, int]] = (None, {})

    def place(self, job_id: str) -> Place | None:
        """Return the job's place as last seen, and see to it that the next look is fresh."""
        self._places.touch()
        return (self._recent() or {}).get(job_id)

    def seen(self, job: Job | None) -> Place | None:
        """Return the job's place as last seen, and ask nobody."""
        return (self._recent() or {}).get(job.job_id) if job else None

    def waiting(self, max_age: float) -> Mapping[str, int] | None:
        """Return pending jobs by partition; None: not known. Asked for when *max_age* s old."""
        if self._age() > max_age:
            self._places.touch()
        if (places := self._recent()) is None:
            return None
        if self._counted[0] is not places:  # the queue may be long, and this is asked often
            counts = {place.partition: place.waiting for place in places.values()}
            self._counted = (places, counts)
        return self._counted[1]

    def progress(self, job: Job | None, created: float, reported: bool) -> dict[str, Any]:
        """Return a progress event; that of a waiting job says under ``waiting`` what is known.

        *created*: when the start was asked for, epoch seconds; *reported*: its server listens.
        """
        message, percent = words.progress(job, reported)
        event: dict[str, Any] = {"progress": percent, "message": message}
        if job is not None and job.phase is Phase.PENDING:
            event["waiting"] = waiting(job, self.place(job.job_id), created).to_json()
        return event

    def _age(self) -> float:
        return time.time() - (self._places.as_of or float("-inf"))

    def _recent(self) -> Mapping[str, Place] | None:
        return self._places.value if self._age() <= TOO_OLD + AGE else None


def waiting(job: Job, place: Place | None, created: float) -> Waiting:
    """Return what is known of a pending job at *place*, asked for at *created*."""
    return Waiting(
        job_id=job.job_id,
        partition=job.partition,
        state=job.state,
        reason=job.reason,
        sentence=sentence(job.reason),
        position=place.position if place else 0,
        waiting=place.waiting if place else 0,
        start=(place and place.start) or job.start,
        elapsed=max(0, int(time.time() - created)),
    )
