"""What the waiting page tells of a job, row by row; empty: not known, or it does not matter now."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from hub_config.cluster.reasons import sentence
from hub_config.model.request import JobRequest
from hub_config.model.units import gigabytes, hours
from hub_config.said import Said, Text, said, said_n, together
from hub_config.schedulers.base import Job, Phase, Place

_PHASES: Mapping[Phase, Said] = {
    Phase.PENDING: said("waiting in the queue"),
    Phase.RUNNING: said("running"),
    Phase.ENDING: said("ending"),
    Phase.ENDED: said("ended"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One job. ``start`` and ``since`` are in ISO 8601 with the offset from UTC."""

    job: str
    state: str
    reason: str
    position: str
    start: str
    since: str
    asked: str

    def to_json(self) -> dict[str, str]:
        """Return what the page gets; texts stay texts."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def tell(job: Job | None, place: Place | None, request: JobRequest | None, created: float) -> Told:
    """Return what is known of a job asked for at *created*, epoch seconds."""
    pending = job is not None and job.phase is Phase.PENDING
    return Told(
        job=job.job_id if job else "",
        state=_state(job),
        reason=_reason(job) if job and pending else "",
        position=_position(place, job) if job and place and pending else "",
        start=_moment((place and place.start) or job.start) if job and pending else "",
        since=datetime.fromtimestamp(created, UTC).isoformat(timespec="seconds"),
        asked=asked(request) if request else "",
    )


def _state(job: Job | None) -> Text:
    if job is None:
        return said("on its way to the scheduler")
    phase = _PHASES.get(job.phase)
    words = (job.state, job.host) if job.phase is Phase.RUNNING else (job.state,)
    brackets = f"({', '.join(filter(None, words))})"
    return together(phase, brackets) if phase else together(job.state)


def _reason(job: Job) -> Text:
    text = sentence(job.reason)
    # What nobody knows is its own sentence already.
    return together(text, f"({job.reason})") if job.reason and job.reason not in text else text


def _position(place: Place, job: Job) -> Said:
    return said(
        "{place} of {waiting} waiting in {partition}",
        place=_ordinal(place.position), waiting=place.waiting,
        partition=place.partition or job.partition,
    )  # fmt: skip


def _ordinal(number: int) -> Said:
    teens = number % 100 in (11, 12, 13)
    match 0 if teens else number % 10:
        case 1:
            return said("{number}st", number=number)
        case 2:
            return said("{number}nd", number=number)
        case 3:
            return said("{number}rd", number=number)
    return said("{number}th", number=number)


def _moment(start: str) -> str:
    """Return a time of the scheduler's clock, which is taken for the hub's, with its offset."""
    with suppress(ValueError):
        return datetime.fromisoformat(start).astimezone().isoformat()
    return ""


def asked(request: JobRequest) -> Said:
    """Return what a job asks for, in one line."""
    what: dict[str, str] = {
        "partition": request.partition,
        "cores": said_n("{n} core", "{n} cores", request.cores),
        "memory": gigabytes(request.memory),
        "hours": hours(request.walltime),
    }
    if not request.gpus:
        return said("partition {partition}: {cores}, {memory} GB memory, {hours} h", **what)
    gpus = said_n("{n} GPU", "{n} GPUs", request.gpus)
    return said(
        "partition {partition}: {cores}, {memory} GB memory, {gpus}, {hours} h", gpus=gpus, **what
    )
