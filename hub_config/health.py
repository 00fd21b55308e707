"""``GET /hub/api/berth/health``: whether this hub does its work, for monitors and for `berth`.

Everybody is told one word. What is behind it (version, process, counts) is for this machine
itself, asking past the proxy, and for tokens with the scope ``read:hub``.
"""

import asyncio
import json
import os
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.handlers.pages import HealthCheckHandler
from sqlalchemy import Engine, text

from hub_config import __version__
from hub_config.paths import release
from hub_config.runtime import Runtime
from hub_config.store import digest

KEPT = 2.0
"""Seconds an answer is good for, so that asking often costs nothing."""
PATIENCE = 2.0
"""Seconds each part has to answer."""
_FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")


class Health:
    """One hub; what has to be asked is asked at most once in KEPT seconds."""

    def __init__(self, runtime: Runtime, site: Path, engine: Engine) -> None:
        self._runtime, self._engine = runtime, engine
        self._site = digest([site])
        self._proxy = (runtime.site.proxy.listen, runtime.site.proxy.api)
        self._asked = float("-inf")
        self._parts: asyncio.Task[tuple[bool, bool]] | None = None

    async def report(self) -> dict[str, Any]:
        """Return everything; ``status`` is the word for everybody."""
        if self._parts is None or time.monotonic() - self._asked > KEPT:
            self._asked = time.monotonic()
            self._parts = asyncio.create_task(self._look())
        return self._judged(*await asyncio.shield(self._parts))

    async def _look(self) -> tuple[bool, bool]:
        """Return whether the database and the proxy answer."""
        return await asyncio.gather(
            _in_time(asyncio.to_thread(_ping, self._engine)),
            _in_time(asyncio.gather(*map(_opens, self._proxy))),
        )

    def _judged(self, database: bool, proxy: bool) -> dict[str, Any]:
        profiles, scheduler = self._profiles(), self._scheduler()
        works = database and proxy and profiles["digest"]
        well = scheduler["ok"] and not profiles["problems"]
        return {
            "status": ("ok" if well else "degraded") if works else "failing",
            "version": __version__,
            "release": release(),
            "pid": os.getpid(),
            "site": self._site,
            "profiles": profiles,
            "scheduler": scheduler,
            "database": {"ok": database},
            "proxy": {"ok": proxy},
        }

    def _profiles(self) -> dict[str, Any]:
        store = self._runtime.profiles
        good = store.good
        return {
            "digest": good.digest if good else "",
            "read_at": round(good.read_at.timestamp(), 3) if good else None,
            "presets": len(good.profiles.presets) if good else 0,
            "problems": len(store.problems),
        }

    def _scheduler(self) -> dict[str, Any]:
        """Nobody asks the scheduler while no server runs, so an old answer is no fault."""
        poller = self._runtime.poller
        latest = poller.latest
        age = round(time.monotonic() - latest.asked, 1) if latest else None
        return {"ok": poller.failing_since is None, "age": age}


class HealthHandler(APIHandler, HealthCheckHandler):  # type: ignore[misc]  # untyped upstream
    """200 with status ok or degraded; 503: failing.

    As a HealthCheckHandler it is logged at level debug only (jupyterhub/log.py, log_request).
    """

    def initialize(self, health: Health) -> None:
        self.health = health

    async def get(self) -> None:
        report = await self.health.report()
        self.set_status(503 if report["status"] == "failing" else 200)
        self.set_header("Cache-Control", "no-store")
        told = report if self._trusted() else {"status": report["status"]}
        self.finish(json.dumps(told))

    head = get

    def _trusted(self) -> bool:
        return "read:hub" in self.expanded_scopes or self._from_here()

    def _from_here(self) -> bool:
        """Whether a process of this machine asks by itself: the proxy names whom it asks for."""
        if any(name in self.request.headers for name in _FORWARDED):
            return False
        try:
            here = self.request.connection.stream.socket.getsockname()[0]
            return self.request.remote_ip == here or ip_address(self.request.remote_ip).is_loopback
        except (OSError, ValueError):
            return False


async def _in_time(part: Any) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await part
    except Exception:
        return False
    return True


def _ping(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


async def _opens(url: str) -> None:
    """Return if somebody listens at *url*: TCP, or the path of a socket. Raises OSError."""
    parts = urlsplit(url)
    if parts.scheme.endswith("unix"):
        _, writer = await asyncio.open_unix_connection(parts.path or unquote(parts.netloc))
    else:
        host = parts.hostname or "127.0.0.1"
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound
        _, writer = await asyncio.open_connection(anywhere.get(host, host), parts.port)
    writer.close()


def route(runtime: Runtime, site: Path, engine: Engine) -> tuple[str, type[HealthHandler], Any]:
    """Return the route below the hub's prefix; *site* is the site.yml that was read."""
    return ("/api/berth/health", HealthHandler, {"health": Health(runtime, site, engine)})
