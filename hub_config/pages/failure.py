"""A start that failed, or a server that ended: what happened, what to try, whom to tell.

It is told from the ledger, so that it is the same after the hub was restarted; what never came as
far as a job is told from the exception that JupyterHub keeps in memory.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from hub_config.cluster import words
from hub_config.cluster.ledger import Entry
from hub_config.refusal import SpawnRefused
from hub_config.said import Said, said

BEFORE_ANY_JOB = frozenset({"options", "profiles", "database"})
"""Reasons of refusals (SpawnRefused) that are of no job."""
LINES, LENGTH = 20, 7000
"""A log of so many lines, or characters, may have been longer (agent/joblog.py)."""
SETTLED = 30.0
"""Seconds after which the accounting has told what it ever will (cluster/watch.py)."""
UNTOLD = said("Something went wrong in the hub, whose log has the details.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What the page shows. ``words`` are the scheduler's own; empty: it has said nothing."""

    what: str
    words: str = ""
    log: str = ""
    advice: tuple[Said, ...] = ()
    job_id: str = ""
    at: datetime
    was_up: bool = False
    """Whether the server had been there already."""
    script: str = ""
    """The user's script that the job has read."""
    unsettled: bool = False
    """Whether who cancelled it may still be told: accounting can be seconds behind the queue."""


def failure(entry: Entry | None, error: BaseException | None) -> Failure | None:
    """Return why a server is not there. *entry*: its last job; *error*: what its start raised."""
    refused = error.reason if isinstance(error, SpawnRefused) else ""
    if refused in BEFORE_ANY_JOB or (error and (entry is None or not entry.message)):
        return Failure(what=getattr(error, "jupyterhub_message", "") or UNTOLD, at=_now(entry))
    if entry is None or entry.ended is None or not entry.message:
        return None
    return Failure(
        what=_what(entry, error),
        words=_own_words(entry),
        log=entry.log,
        advice=tuple(_advice(entry, refused)),
        job_id=entry.job_id,
        at=_now(entry),
        was_up=_was_up(entry, error),
        script=_script(entry),
        unsettled=_unsettled(entry),
    )


def _unsettled(entry: Entry) -> bool:
    recent = time.time() - (entry.ended or 0.0) < SETTLED
    return recent and entry.state == "CANCELLED" and not (entry.by or entry.want_end)


def _now(entry: Entry | None) -> datetime:
    return (entry.ended_at if entry else None) or datetime.now(UTC)


def _was_up(entry: Entry, error: BaseException | None) -> bool:
    """Return whether the server had been up, as far as the ledger can tell."""
    return error is None and bool(entry.port) and not entry.want_end


def _what(entry: Entry, error: BaseException | None) -> str:
    if entry.state == "REFUSED":
        return said("The scheduler refused the job.")
    if entry.want_end or not entry.job_id:  # the hub gave up, and has said why
        return entry.message
    if _was_up(entry, error):
        return said("Job {job} has ended. {why}", job=entry.job_id, why=entry.message)
    return words.ended_early(entry.job_id, entry.message)


def _own_words(entry: Entry) -> str:
    if entry.state == "REFUSED":
        return str(entry.message)
    return f"{entry.state} ({entry.reason})" if entry.reason else entry.state


def _script(entry: Entry) -> str:
    """Return the user's script if its job has read it, as the launcher writes into the log."""
    script = str(entry.request.get("user_script", ""))
    # Of a long log only the end is kept, without what the launcher wrote at its beginning.
    cut = not entry.port and (len(entry.log.splitlines()) >= LINES or len(entry.log) >= LENGTH)
    return script if script and (cut or f"Reading {script}" in entry.log) else ""


def _advice(entry: Entry, refused: str) -> list[Said]:
    """Return what to try, the likeliest cure first."""
    found = []
    if entry.state == "OUT_OF_MEMORY" or words.MEMORY_FULL.search(entry.log):
        found.append(said("Change the options and choose more memory."))
    if words.DISK_FULL.search(entry.log):
        found.append(said("Delete or move some files of yours, then retry."))
    if known := _BY_STATE.get(entry.state):
        found.append(known)
    if refused in ("timeout", "http"):
        found.append(_BY_REFUSAL[refused])
    if script := _script(entry):
        found.append(
            said("Start without your script {script}, and correct it then.", script=script)
        )
    return found or [said("Retry with the same options: it may have been a passing trouble.")]


_BY_STATE = {
    "REFUSED": said(
        "Change the options: account, partition, QOS and amounts have to go together, and your "
        "account has to be allowed there."
    ),
    "TIMEOUT": said("Change the options and choose more time."),
    "NODE_FAIL": said("Retry with the same options: the job will get another node."),
    "BOOT_FAIL": said("Retry with the same options: the job will get another node."),
    "CANCELLED": said("If it was not you who cancelled it, ask who did before you retry."),
    "PREEMPTED": said("Retry later, or choose another partition or QOS."),
    "DEADLINE": said("Change the options and choose less time."),
}
_BY_REFUSAL = {
    "timeout": said("Ask for less, or for another partition: such a job may begin sooner."),
    "http": said("Retry: the node may have been busy. If it happens again, look at the job's log."),
}
