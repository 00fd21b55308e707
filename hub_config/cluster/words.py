"""What users are told about a job, in sentences with the scheduler's own words in them."""

import re
import signal
from collections.abc import Mapping

from hub_config.model.units import format_walltime
from hub_config.schedulers.base import Ending, Job, Phase

QUEUED, REPORTED = 30, 85
"""Per cent of a start until which its job has not begun, and from which its server has."""


_CAUSES: Mapping[str, str] = {
    "": "The scheduler no longer lists it, and nothing says how it ended.",
    "BOOT_FAIL": "Its node{host} could not be started. Start again.",
    "CANCELLED": "It was cancelled{by}.",
    "COMPLETED": "It ended by itself.",
    "DEADLINE": "It could no longer have ended before its deadline.",
    "NODE_FAIL": "Its node{host} failed. Start again: it will run on another one.",
    "OUT_OF_MEMORY": "It needed more memory than it had asked for. Start again with more memory.",
    "PREEMPTED": "It had to make room for a job of higher priority. Start again later.",
    "REVOKED": "Another cluster took it over.",
    "TIMEOUT": "Its time was over. Start again, with more time if you need it.",
}
_EXIT = re.compile(r"(?P<code>[0-9]{1,3})(?::(?P<signal>[0-9]{1,3}))?")
_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile("disk quota exceeded|no space left on device", re.IGNORECASE),
        "Its log says that a disk is full: delete some files, then start again.",
    ),
    (
        re.compile(r"oom[-_ ]kill|out of memory|exceeded job memory limit", re.IGNORECASE),
        "Its log says that memory ran out: start again with more.",
    ),
)


def cause(ending: Ending, log: str = "") -> str:
    """Say in plain words why a job ended; *log* is the end of what it printed."""
    host = f" ({ending.host})" if ending.host else ""
    by = f" by {ending.by}" if ending.by else ""
    if known := _CAUSES.get(ending.state):
        return known.format(host=host, by=by)
    said = _failure(ending) if ending.state == "FAILED" else ""
    reason = f" ({ending.reason})" if ending.reason else ""
    hint = next((text for pattern, text in _HINTS if pattern.search(log)), "")
    return " ".join(filter(None, (said or f"The scheduler says {ending.state}{reason}.", hint)))


def _failure(ending: Ending) -> str:
    """Return how the job's script failed; empty: the accounting does not tell."""
    match = _EXIT.fullmatch(ending.exit_code)
    if match and match["signal"] and int(match["signal"]):
        return f"It was ended by {_signal(int(match['signal']))}."
    if match and int(match["code"]):
        return f"It failed with exit code {match['code']}."
    return f"It failed: {ending.reason}." if ending.reason else ""


def _signal(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"


def ended_early(job_id: str, why: str, log: str) -> str:
    """Say that the job ended before its server was ready, why, and what it printed last."""
    said = f" The end of its log:\n{log}" if log.strip() else ""
    return f"Job {job_id} ended before the server was ready. {why}{said}"


def stuck(job: Job) -> str:
    """Say that the job waits for something that will not come."""
    return f"Job {job.job_id} cannot start: the scheduler says {state(job)}. It is cancelled."


def too_late(job_id: str, job: Job | None, seconds: int) -> str:
    """Say that the job was not ready in *seconds*."""
    seen = f" (the scheduler says {state(job)})" if job else ""
    return f"Job {job_id} was not ready after {format_walltime(seconds)}{seen}. It is cancelled."


def no_answer(job_id: str, host: str, seconds: int) -> str:
    """Say that the job runs and its server is silent."""
    return (
        f"Job {job_id} runs on {host}, but its server did not answer within {seconds} s."
        " It is cancelled."
    )


def state(job: Job) -> str:
    """Return the scheduler's state, with its reason if it gives one."""
    return f"{job.state} ({job.reason})" if job.reason else job.state


def progress(job: Job | None, reported: bool = False) -> tuple[str, int]:
    """Return what the waiting page shows, and how far the start is (per cent).

    *reported*: the job has told the hub where its server listens.
    """
    if job is None:
        return "Submitting the job to the scheduler", 10
    if job.phase is Phase.PENDING:
        reason = f": {job.reason}" if job.reason else ""
        begin = f", expected start {job.start.replace('T', ' ')}" if job.start else ""
        return f"Job {job.job_id} is waiting in partition {job.partition}{reason}{begin}", QUEUED
    if job.phase is Phase.RUNNING and reported:
        return f"Server started on {job.host} ... waiting for its first answer", REPORTED
    if job.phase is Phase.RUNNING:
        return "Cluster job running ... waiting to connect", 70
    return f"Job {job.job_id}: {job.state}", 50
