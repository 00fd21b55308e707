"""berth_lab: what JupyterLab shows of its own job, asked of the hub with the server's own token.

A Jupyter Server extension, installed into the environment of the notebook servers beside the
labextension that shows it (share/jupyter/labextensions/berth). One file, nothing of Berth's beside
it. It imports what a server has imported anyway, and does nothing before a browser asks.

``GET <server>/api/berth/job`` answers with what the hub said last: ``job_id``, ``partition``,
``node``, ``end`` (null: not known), ``announcements``; besides

* ``now``: the hub's clock at this moment, so that neither the browser's nor the node's matters,
* ``age``: how many seconds ago the hub said it, ``stale``: whether it has not answered since,
* ``language``: the one of the hub's pages in this browser, as far as we know it.

503 while the hub has never said anything.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from jupyterhub.httpclient import fetch
from tornado import web

FRESH = 15.0
"""Seconds for which an answer is not asked for again, however many tabs there are."""
PATIENCE = 10.0
"""Seconds that the hub has to answer."""
LANGUAGES = ("en", "de")
"""Those of the hub's pages (hub_config/model/words.py); the first is the one for all others."""
COOKIE = "berth-language"
"""Where a browser keeps the choice made on the hub's pages (hub_config/i18n)."""


class Hub:
    """What the hub says of our job, kept. *ask* answers once; an error of it keeps the old."""

    def __init__(self, ask: Callable[[], Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask, self._clock = ask, clock
        self._lock = asyncio.Lock()
        self._said: dict[str, Any] | None = None
        self._at = self._tried = -FRESH

    async def job(self) -> dict[str, Any] | None:
        """Return what it said last, with the hub's clock now; None: nothing yet."""
        async with self._lock:
            if self._clock() - self._tried >= FRESH or self._said is None:
                await self._refresh()
        if self._said is None:
            return None
        age = self._clock() - self._at
        stale = self._tried > self._at
        return {**self._said, "now": self._said["now"] + age, "age": round(age, 1), "stale": stale}

    async def _refresh(self) -> None:
        self._tried = self._clock()
        try:
            said = await self._ask()
        except (OSError, ValueError, aiohttp.ClientError):
            return
        self._said, self._at = said, self._tried = said, self._clock()


async def ask() -> dict[str, Any]:
    """Ask the hub once. Raises ValueError for an answer that is none, aiohttp's errors, OSError."""
    answer = await fetch(
        os.environ["JUPYTERHUB_API_URL"].rstrip("/") + "/berth/server",
        headers={"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"},
        timeout=aiohttp.ClientTimeout(total=PATIENCE),
        allow_redirects=False,
    )
    async with answer:
        said = json.loads(await answer.read())
    if not isinstance(said, dict) or not isinstance(said.get("now"), (int, float)):
        raise ValueError("not what a hub of this release says")
    return said


_ASKED = re.compile(r"([A-Za-z]{2,3})[\w-]*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*(?:,|$)")
"""Of Accept-Language: names and weights."""


def language(cookie: str, accepted: str) -> str:
    """Return the language a browser chose on the hub's pages, else the first it accepts."""
    if cookie in LANGUAGES:
        return cookie
    found = [
        (-float(q or 1), n, name) for n, (name, q) in enumerate(_ASKED.findall(accepted[:200]))
    ]
    wanted = (name.lower() for weight, _, name in sorted(found) if weight)
    return next((name for name in wanted if name in LANGUAGES), LANGUAGES[0])


class JobHandler(APIHandler):  # type: ignore[misc]  # untyped upstream
    """GET: the job. Looking at the clock is no activity that would keep an idle server."""

    _track_activity = False

    def initialize(self, hub: Hub) -> None:
        """Take the hub to ask."""
        self._hub = hub

    @web.authenticated
    async def get(self) -> None:
        """Answer with what the hub says, which may be a while ago."""
        job = await self._hub.job()
        if job is None:
            raise web.HTTPError(503, "The hub has not told anything about this job yet")
        accepted = self.request.headers.get("Accept-Language", "")
        self.finish({**job, "language": language(self.get_cookie(COOKIE) or "", accepted)})


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "berth_lab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add our one address to *server*."""
    if os.environ.get("JUPYTERHUB_API_URL"):
        path = url_path_join(server.web_app.settings["base_url"], "api/berth/job")
        server.web_app.add_handlers(".*$", [(path, JobHandler, {"hub": Hub(ask)})])
