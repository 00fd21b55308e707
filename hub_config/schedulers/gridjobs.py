"""The jobs that ``qstat -r -xml`` lists: what their state means, and whose they are.

A job of ours is called ``berth-<uuid>.<server name>.<port>``: its name can be changed while it
runs, and is all that one query shows of every job. The last two parts may be missing.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from hub_config.schedulers.base import JOB_NAME, Job, Phase, Place, Reply, Unanswered
from hub_config.schedulers.gridxml import field, number, rows
from hub_config.schedulers.replies import moment

ANY = "any"
"""The partition of jobs that may run in every queue; no queue of Grid Engine is called so."""

_OURS = re.compile(
    rf"{JOB_NAME}-(?P<uuid>[0-9a-f]{{32}})"
    r"(?:\.(?P<server>[a-z0-9-]{0,30})(?:\.(?P<port>[0-9]{1,5}))?)?"
)
# Letters of sge_status(5), JOB STATE, in the order in which one outweighs the next.
_LETTERS = (
    ("z", Phase.ENDED),
    ("d", Phase.ENDING),
    ("rsSTNP", Phase.RUNNING),  # suspended in whichever way is no end
    ("tqw", Phase.PENDING),
)
_ALL_LETTERS = frozenset("zdrsSTNPtqwhRE")


def job_name(uuid: str, server: str = "", port: int = 0) -> str:
    """Return the name of the job of a server."""
    parts = (f"{JOB_NAME}-{uuid}", server, str(port or ""))
    return ".".join(parts).rstrip(".")


def phase(state: str) -> Phase:
    """Return what a state such as ``hqw`` or ``dRr`` means; with an unknown letter UNKNOWN."""
    if not state or not _ALL_LETTERS.issuperset(state):
        return Phase.UNKNOWN
    found = (meaning for letters, meaning in _LETTERS if set(letters) & set(state))
    return next(found, Phase.UNKNOWN)


def jobs(reply: Reply) -> dict[str, Job]:
    """Return our jobs by id. Raises Unanswered."""
    found = (_job(row) for row in rows(reply, "job_list"))
    return {job.job_id: job for job in found if job}


def places(reply: Reply) -> dict[str, Place]:
    """Return the places of pending jobs by id; qstat lists them by priority. Raises Unanswered."""
    pending = [
        (str(number(row, "JB_job_number")), _queue(row))
        for row in rows(reply, "job_list")
        if phase(_state(row)) is Phase.PENDING
    ]
    waiting = Counter(queue for _, queue in pending)
    return dict(_numbered(pending, waiting))


def _numbered(pending: list[tuple[str, str]], waiting: Counter[str]) -> Iterator[tuple[str, Place]]:
    before: Counter[str] = Counter()
    for job_id, queue in pending:
        before[queue] += 1
        yield job_id, Place(before[queue], waiting[queue], queue)


def _job(row: Element) -> Job | None:
    job_id, state = str(number(row, "JB_job_number")), _state(row)
    if not (ours := _OURS.fullmatch(field(row, "full_job_name") or field(row, "JB_name"))):
        return None
    queue, _, host = field(row, "queue_name").partition("@")
    start = moment(field(row, "JAT_start_time"))
    return Job(
        job_id=job_id,
        uuid=ours["uuid"],
        server=ours["server"] or "",
        port=int(ours["port"] or 0),
        user=field(row, "JB_owner"),
        phase=phase(state),
        state=state,
        host=host,
        partition=queue or _queue(row),
        reason=_reason(state),
        stuck="E" in state,
        start=start,
        end=_end(row, start),
    )


def _state(row: Element) -> str:
    if not (state := field(row, "state")):
        raise Unanswered("a job of the reply has no state")
    return state


def _queue(row: Element) -> str:
    """Return the queue a job was submitted to."""
    return field(row, "hard_req_queue").partition("@")[0] or ANY


def _reason(state: str) -> str:
    """Return why a job waits: in error it does so until somebody clears or deletes it."""
    if "E" in state:
        return "Error"
    return "Hold" if "h" in state else ""


def _end(row: Element, start: str) -> str:
    """Return when its time limit ends the job; "" where there is none, or none we understand."""
    seconds = (row.findtext("hard_request[@name='h_rt']") or "")[:12]
    try:
        limit = timedelta(seconds=int(seconds if seconds.isdigit() else ""))
        return (datetime.fromisoformat(start) + limit).isoformat()
    except (ValueError, OverflowError):
        return ""
