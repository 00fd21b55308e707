"""What users are told about a job, in sentences with the scheduler's own words in them."""

import re
import signal
from collections.abc import Mapping

from hub_config.model.units import format_walltime
from hub_config.said import Said, Text, said, together
from hub_config.schedulers.base import Ending, Job, Phase

QUEUED, REPORTED = 30, 85
"""Per cent of a start until which its job has not begun, and from which its server has."""


_CAUSES: Mapping[str, Said] = {
    "": said("The scheduler no longer lists it, and nothing says how it ended."),
    "BOOT_FAIL": said("Its node could not be started. Start again."),
    "CANCELLED": said("It was cancelled."),
    "COMPLETED": said("It ended by itself."),
    "DEADLINE": said("It could no longer have ended before its deadline."),
    "NODE_FAIL": said("Its node failed. Start again: it will run on another one."),
    "OUT_OF_MEMORY": said(
        "It needed more memory than it had asked for. Start again with more memory."
    ),
    "PREEMPTED": said("It had to make room for a job of higher priority. Start again later."),
    "REVOKED": said("Another cluster took it over."),
    "TIMEOUT": said("Its time was over. Start again, with more time if you need it."),
}
_EXIT = re.compile(r"(?P<code>[0-9]{1,3})(?::(?P<signal>[0-9]{1,3}))?")

DISK_FULL = re.compile("disk quota exceeded|no space left on device", re.IGNORECASE)
MEMORY_FULL = re.compile(r"oom[-_ ]kill|out of memory|exceeded job memory limit", re.IGNORECASE)
"""What the log of a job says when it failed for want of space."""


def cause(ending: Ending, log: str = "") -> Text:
    """Say in plain words why a job ended; *log* is the end of what it printed."""
    if named := _with_name(ending):
        return named
    if known := _CAUSES.get(ending.state):
        return known
    how: Text | None = _failure(ending) if ending.state == "FAILED" else None
    return together(how or _unknown(ending), _hint(log))


def _with_name(ending: Ending) -> Said | None:
    """Return the cause where a person or a node belongs to it."""
    if ending.state == "CANCELLED" and ending.by:
        return said("It was cancelled by {person}.", person=ending.by)
    if ending.state == "BOOT_FAIL" and ending.host:
        return said("Its node ({host}) could not be started. Start again.", host=ending.host)
    if ending.state == "NODE_FAIL" and ending.host:
        return said(
            "Its node ({host}) failed. Start again: it will run on another one.", host=ending.host
        )
    return None


def _unknown(ending: Ending) -> Said:
    reason = f" ({ending.reason})" if ending.reason else ""
    return said("The scheduler says {words}.", words=f"{ending.state}{reason}")


def _hint(log: str) -> str:
    if DISK_FULL.search(log):
        return said("Its log says that a disk is full: delete some files, then start again.")
    if MEMORY_FULL.search(log):
        return said("Its log says that memory ran out: start again with more.")
    return ""


def _failure(ending: Ending) -> Said | None:
    """Return how the job's script failed; None: the accounting does not tell."""
    match = _EXIT.fullmatch(ending.exit_code)
    if match and match["signal"] and int(match["signal"]):
        return said("It was ended by signal {signal}.", signal=_signal(int(match["signal"])))
    if match and int(match["code"]):
        return said("It failed with exit code {code}.", code=match["code"])
    return said("It failed: {words}.", words=ending.reason) if ending.reason else None


def _signal(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)


def ended_early(job_id: str, why: str, log: str = "") -> Text:
    """Say that the job ended before its server was ready, why, and what it printed last."""
    printed = said("The end of its log:\n{log}", log=log) if log.strip() else ""
    return together(said("Job {job} ended before the server was ready.", job=job_id), why, printed)


def stuck(job: Job) -> Said:
    """Say that the job waits for something that will not come."""
    return said(
        "Job {job} cannot start: the scheduler says {words}. It is cancelled.",
        job=job.job_id, words=state(job),
    )  # fmt: skip


def too_late(job_id: str, job: Job | None, seconds: int) -> Said:
    """Say that the job was not ready in *seconds*."""
    time = format_walltime(seconds)
    if job is None:
        return said("Job {job} was not ready after {time}. It is cancelled.", job=job_id, time=time)
    return said(
        "Job {job} was not ready after {time} (the scheduler says {words}). It is cancelled.",
        job=job_id, time=time, words=state(job),
    )  # fmt: skip


def no_answer(job_id: str, host: str, seconds: int) -> Said:
    """Say that the job runs and its server is silent."""
    return said(
        "Job {job} runs on {host}, but its server did not answer within {seconds} s."
        " It is cancelled.",
        job=job_id, host=host, seconds=seconds,
    )  # fmt: skip


def state(job: Job) -> str:
    """Return the scheduler's state, with its reason if it gives one."""
    return f"{job.state} ({job.reason})" if job.reason else job.state


def progress(job: Job | None, reported: bool = False) -> tuple[Said, int]:
    """Return what the waiting page shows, and how far the start is (per cent).

    *reported*: the job has told the hub where its server listens.
    """
    if job is None:
        return said("Submitting the job to the scheduler"), 10
    if job.phase is Phase.PENDING:
        return _waiting(job), QUEUED
    if job.phase is Phase.RUNNING and reported:
        return said("Server started on {host} ... waiting for its first answer", host=job.host), \
            REPORTED  # fmt: skip
    if job.phase is Phase.RUNNING:
        return said("Cluster job running ... waiting to connect"), 70
    return said("Job {job}: {words}", job=job.job_id, words=job.state), 50


def _waiting(job: Job) -> Said:
    known = {"job": job.job_id, "partition": job.partition, "reason": job.reason}
    if not job.reason:
        return said("Job {job} is waiting in partition {partition}", **known)
    if not job.start:
        return said("Job {job} is waiting in partition {partition}: {reason}", **known)
    return said(
        "Job {job} is waiting in partition {partition}: {reason}, expected start {start}",
        start=job.start.replace("T", " "), **known,
    )  # fmt: skip
