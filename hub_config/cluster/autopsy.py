"""Why jobs ended: what the accounting, the last snapshot and the job's own log say.

One question to the accounting for all that ended in the same round. Nobody waits long for it:
what cannot be had in time is left out.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from hub_config.cluster import words
from hub_config.cluster.client import Client
from hub_config.cluster.ledger import Entry
from hub_config.cluster.sight import ENDED
from hub_config.schedulers.base import Ending, Job, SchedulerError

log = logging.getLogger("berth.autopsy")

PATIENCE = 2.5
"""Seconds for all that is asked about an end, while a user looks at a page that says nothing."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a job ended: the scheduler's words, ours for the user, and the end of its log."""

    state: str = ""
    reason: str = ""
    by: str = ""
    message: str = ""
    log: str = ""
    told: bool = True
    """Whether the accounting has told it, if there is one."""

    def words(self) -> dict[str, str]:
        """Return what the ledger keeps."""
        names = (field.name for field in fields(self) if field.name != "told")
        return {name: getattr(self, name) for name in names}


class Autopsy:
    """Asks about jobs of one cluster."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def verdicts(self, ended: Sequence[tuple[Entry, Job | None]]) -> list[Verdict]:
        """Return why each of these jobs ended, in their order; logs are read once only."""
        ids = tuple(entry.job_id for entry, _ in ended if entry.job_id)
        if not ids:
            return [_verdict(Ending(job_id="", state=""), "", True) for _ in ended]
        known, logs = await asyncio.gather(
            _in_time(self._client.endings(ids), dict[str, Ending]()),
            asyncio.gather(*(_in_time(self._log(entry, job), "") for entry, job in ended)),
        )
        return [
            _verdict(_ending(entry, job, known), text, entry.job_id in known)
            for (entry, job), text in zip(ended, logs, strict=True)
        ]

    async def _log(self, entry: Entry, job: Job | None) -> str:
        if entry.ended is not None:
            return entry.log
        if not entry.job_id or (job is not None and job.state == "COMPLETED"):
            return ""
        name = str(entry.request.get("log_name", ""))
        return await self._client.log(entry.user, entry.job_id, name)


def _ending(entry: Entry, job: Job | None, known: dict[str, Ending]) -> Ending:
    """Return what the accounting says, else the snapshot; neither: it is just gone."""
    if job is None or job.phase not in ENDED:
        return known.get(entry.job_id, Ending(job_id=entry.job_id, state=""))
    seen = Ending(job_id=job.job_id, state=job.state, reason=job.reason, host=job.host, end=job.end)
    told = known.get(entry.job_id, seen)
    return replace(told, reason=told.reason or seen.reason, host=told.host or seen.host)


def _verdict(ending: Ending, text: str, told: bool) -> Verdict:
    return Verdict(
        state=ending.state,
        reason=ending.reason,
        by=ending.by,
        message=words.cause(ending, text),
        log=text,
        told=told,
    )


async def _in_time(question: Awaitable[_T], otherwise: _T) -> _T:
    try:
        async with asyncio.timeout(PATIENCE):
            return await question
    except (TimeoutError, SchedulerError) as error:
        log.info("Not told why a job ended: %s", error or "no answer in time")
        return otherwise
