"""The wait of a start: until its job says where the server listens, and until that answers.

The job's own report ends it, not a look at the queue; its end ends it too, with the cause.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from jupyterhub.utils import wait_for_http_server

from hub_config.cluster import words
from hub_config.refusal import SpawnRefused

if TYPE_CHECKING:
    from hub_config.job import BatchJob

DOUBT = 10.0
"""Seconds for which a job is looked for whose submission had no answer, before its user is told."""


async def listens(job: "BatchJob", doubt: str) -> str:
    """Return the host once *job* runs and has reported its port.

    The time it may take counts from when it was asked for, also if the hub was restarted since.
    *doubt*: what to say if there is no job at all. Raises SpawnRefused.
    """
    entry, limit = job.berth.ledger.open_entry(job.uuid), _limit(job, "start_timeout")
    waited = time.time() - entry.created if entry else 0.0
    if job.watched:
        job.watched.hasten()
    try:
        async with asyncio.timeout(max(limit - waited, DOUBT)):
            return await _host(job, doubt)
    except TimeoutError as error:
        message = words.too_late(job.job_id, job.job, limit)
        raise SpawnRefused(message, reason="timeout") from error


async def _host(job: "BatchJob", doubt: str) -> str:
    doubtful_until = time.monotonic() + DOUBT
    while not (job.port and job.job is not None and job.job.host):
        if job.over:
            raise _ended_early(job)
        if job.job is not None and job.job.stuck:
            raise SpawnRefused(words.stuck(job.job), reason="job")
        if job.looked_for_in_vain and time.monotonic() > doubtful_until:
            raise SpawnRefused(doubt, reason="scheduler")
        await job.news()
    return job.job.host


async def answers(job: "BatchJob", url: str) -> None:
    """Return when the server at *url* answers. Raises SpawnRefused if it dies or is too slow.

    JupyterHub waits for the answer too, but does not look at the job meanwhile, and has no
    words for the user (jupyterhub/user.py, User._wait_up).
    """
    if job.watched is None:
        raise _ended_early(job)
    limit = _limit(job, "http_timeout")
    answer = asyncio.create_task(wait_for_http_server(url, timeout=limit))
    end = asyncio.create_task(job.watched.over.wait())
    try:
        # Its own timeout does not end a request that is taken and never answered.
        async with asyncio.timeout(limit):
            await asyncio.wait({answer, end}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise _ended_early(job)
        answer.result()
    except TimeoutError as error:
        message = words.no_answer(job.job_id, job.host, limit)
        raise SpawnRefused(message, reason="http") from error
    finally:
        answer.cancel()
        end.cancel()


def _limit(job: "BatchJob", name: str) -> int:
    """Return a time limit of the request; that of the site if the request is not known."""
    seconds: int = getattr(job.request or job.berth.site.scheduler, name)
    return seconds


def _ended_early(job: "BatchJob") -> SpawnRefused:
    entry = job.entry
    why, log = (entry.message, entry.log) if entry else ("", "")
    return SpawnRefused(words.ended_early(job.job_id, why, log), reason="job")
