"""What a running server may know of its own job: how long it has, where it runs, what is announced.

Read from the last snapshot of the queue, so that no number of open tabs costs the scheduler
anything. The server asks with its own token (singleuser/berth_lab.py) and shows it in JupyterLab.
"""

import time
from datetime import datetime
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from tornado import web

from hub_config import markdown
from hub_config.announcements import Notice
from hub_config.callback import job_of
from hub_config.i18n.catalog import LANGUAGES, catalog
from hub_config.job import BatchJob
from hub_config.pages.notices import notices_of
from hub_config.said import spoken
from hub_config.schedulers.base import Job


class ServerHandler(APIHandler):  # type: ignore[misc]  # untyped upstream
    """GET with the server's own token. 200, or 403, 410, 503."""

    def get(self) -> None:
        """Answer with the job, the hub's clock and the announcements. Times in epoch seconds."""
        job = job_of(self)
        if job is None:
            raise web.HTTPError(410, "No server of yours has this token any more")
        if job.job is None:
            raise web.HTTPError(503, "The scheduler has not shown this job since the hub started")
        self.finish({**_about(job, job.job), "now": time.time(), "announcements": self._news()})

    def _news(self) -> list[dict[str, Any]]:
        shown = notices_of(self.settings).current("lab", self.current_user)
        return [_news(notice) for notice in shown]


def _about(job: BatchJob, seen: Job) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "partition": seen.partition,
        "node": seen.host,
        "end": _end(seen, job.request.walltime if job.request else None),
    }


def _end(seen: Job, walltime: int | None) -> float | None:
    """Return when the job's time is over; None: nobody knows. Schedulers tell local time."""
    if seen.end:
        return datetime.fromisoformat(seen.end).timestamp()
    if seen.start and walltime is not None:
        return datetime.fromisoformat(seen.start).timestamp() + walltime
    return None


def _news(notice: Notice) -> dict[str, Any]:
    """Return an announcement in every language, as text; ``id`` stays while its words stay."""
    item, when = notice.said, notice.when
    words = {name: markdown.plain(spoken(item.text, catalog(name))) for name in LANGUAGES}
    times = {name: f"({spoken(when, catalog(name))})" if when else "" for name in LANGUAGES}
    return {
        "id": notice.id,
        "severity": item.severity,
        "url": str(item.url or ""),
        "title": {name: spoken(item.title, catalog(name)) or "" for name in LANGUAGES},
        "text": {name: f"{words[name]} {times[name]}".strip() for name in LANGUAGES},
    }


ROUTES = [(r"/api/berth/server", ServerHandler)]
