"""The page with the last lines of a job's own log.

The agent reads the file as the user, so nobody sees here what the user could not read. It shows
what the server prints, so whoever may use the server may see it, and nobody else.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from weakref import WeakValueDictionary

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.scopes import needs_scope
from tornado import web

from hub_config.cluster.client import Client
from hub_config.cluster.ledger import Entry, Ledger
from hub_config.pages.servers import since, title
from hub_config.refusal import HTTPRefused
from hub_config.runtime import KEY, Runtime
from hub_config.said import said
from hub_config.schedulers.base import Phase, Refused, SchedulerError, log_path

PATIENCE = 10.0
"""Seconds to wait for the agent: about as long as people wait for a page."""

_TURNS = "berth_log_turns"
"""The setting that has a lock for each person whose log is read just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLog:
    """The log of one job. ``note`` says what there is to say instead of lines, or about them."""

    job_id: str
    file: str
    living: bool
    text: str = ""
    note: str = ""


class LogHandler(BaseHandler):  # type: ignore[misc]  # untyped upstream
    """The log of the job that a server runs in, or else of its last one."""

    @web.authenticated
    async def get(self, user_name: str, server_name: str = "") -> None:
        """Draw the page."""
        await self._get(user_name=user_name, server_name=server_name or "")

    @needs_scope("access:servers")  # type: ignore[untyped-decorator]  # untyped upstream
    async def _get(self, user_name: str, server_name: str) -> None:
        owner, runtime = self.find_user(user_name), self._runtime
        entry = latest(runtime.ledger, owner, server_name) if owner else None
        if entry is None:
            raise HTTPRefused(404, said("No job of this server is known."))
        turns = self.settings.setdefault(_TURNS, WeakValueDictionary())
        turn = turns.setdefault(owner.name, asyncio.Lock())
        async with turn:  # one at a time of a person: the logs of ended jobs come the same way
            log = await read(runtime.client, entry, self._pending(owner, server_name))
        html = await self.render_template(
            "logs.html",
            owner=owner,
            server_name=server_name,
            title=title(server_name),
            log=log,
            now=datetime.now(UTC),
        )
        self.finish(html)

    @property
    def _runtime(self) -> Runtime:
        runtime: Runtime = self.settings[KEY]
        return runtime

    def _pending(self, owner: Any, server_name: str) -> bool:
        """Return whether the job waits in the queue, so that there can be no log yet."""
        spawner = owner.spawners.get(server_name)
        child = spawner.child_spawner if spawner else None
        job = child.job if child is not None and not child.over else None
        return job is not None and job.phase is Phase.PENDING


def latest(ledger: Ledger, owner: Any, server: str) -> Entry | None:
    """Return the job of a JupyterHub user's server that lives, else the one that ended last."""
    spawner = owner.spawners.get(server)
    child = spawner.child_spawner if spawner else None
    if child is not None and (entry := ledger.open_entry(child.uuid)):
        return entry
    entry = ledger.last_ended(owner.name, server)
    return entry if entry and entry.created >= since(owner) else None


async def read(client: Client, entry: Entry, pending: bool) -> JobLog:
    """Return the log of a job. Never raises for the scheduler's sake."""
    name = str(entry.request.get("log_name", ""))
    file = log_path(PurePosixPath("~"), name, entry.job_id)
    log = JobLog(job_id=entry.job_id, file=str(file), living=entry.ended is None)
    if pending or not entry.job_id:
        return replace(log, note=said("The job has not begun yet: there is no log."))
    try:
        async with asyncio.timeout(PATIENCE):
            text = await client.log(entry.user, entry.job_id, name)
    except Refused as error:
        return _kept(log, entry, said("The log cannot be read: {reason}", reason=str(error)))
    except (TimeoutError, SchedulerError):
        return _kept(log, entry, said("The log cannot be read just now: nobody answers."))
    if text:
        return replace(log, text=text)
    if log.living:
        return replace(log, note=said("The job has written nothing yet."))
    return _kept(log, entry, said("There is no such file, or it is empty."))


def _kept(log: JobLog, entry: Entry, note: str) -> JobLog:
    """Fall back on the lines that were kept when the job ended."""
    return replace(log, note=note, text=entry.log)


ROUTES = [(r"/berth/logs/([^/]+)(?:/([^/]+))?", LogHandler)]
