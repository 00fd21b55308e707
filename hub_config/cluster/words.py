"""What users are told about a job, in sentences with the scheduler's own words in them."""

from hub_config.model.units import format_walltime
from hub_config.schedulers.base import Job, Phase

QUEUED, REPORTED = 30, 85
"""Per cent of a start until which its job has not begun, and from which its server has."""


def ended_early(job: Job) -> str:
    """Say that the job ended before its server was ready."""
    what = f"Job {job.job_id} ended before the server was ready"
    if not job.state:
        return f"{what}: the scheduler no longer lists it."
    return f"{what}: the scheduler says {state(job)}."


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
