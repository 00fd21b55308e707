"""The process of a service: made from what its unit was told, it runs until SIGTERM."""

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.log import app_log, enable_pretty_logging
from tornado.web import Application, RedirectHandler

from hub_config.files import write
from hub_config.model.told import Told
from hub_config.paths import templates
from hub_config.policy import Policy
from services.common import handlers, visits
from services.common.drawing import UPSTREAM
from services.common.files import Files, Logo, logo
from services.common.told import load, state_dir

log = logging.getLogger("berth.service")

LARGEST = 1 << 20
"""Bytes of a request."""

SECRET = 32
"""Bytes of what signs cookies; a file with fewer was not written to its end."""

KNOWN_FOR = 2
"""Seconds for which the hub's word on who somebody is counts, and so a token that was revoked."""


@dataclass(frozen=True, slots=True)
class App:
    """A service: its addresses below its prefix, what handlers find in ``state``."""

    routes: list[tuple[Any, ...]]
    state: Any = None
    start: Callable[[], Awaitable[None]] | None = None
    close: Callable[[], None] | None = field(default=None)


def run(make: Callable[[Told], App]) -> None:
    """Run a service. Exits with words if it cannot."""
    os.umask(0o077)
    enable_pretty_logging()
    app_log.setLevel(logging.WARNING)  # JupyterHub's part of it says there which cookies it sets
    told = load()
    asyncio.run(serve(told, make(told)))


async def serve(told: Told, app: App) -> None:
    """Serve *app* where the hub expects it, until SIGTERM or SIGINT."""
    HubOAuth.instance(cache_max_age=KNOWN_FOR)
    where = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    server = HTTPServer(
        application(told, app), xheaders=True, max_body_size=LARGEST, max_buffer_size=LARGEST
    )
    server.listen(where.port or 80, where.hostname or "127.0.0.1")
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    if app.start:
        await app.start()
    log.info("Listening at %s:%s", where.hostname, where.port)
    await ended.wait()
    server.stop()
    if app.close:
        app.close()


def application(told: Told, app: App) -> Application:
    """Return the web application of *app*, below $JUPYTERHUB_SERVICE_PREFIX."""
    base = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    routes = [(base + pattern, *rest) for pattern, *rest in [*app.routes, *shared(told)]]
    bare = (base.rstrip("/"), RedirectHandler, {"url": base, "permanent": False})
    return Application(
        [*routes, bare],
        told=told,
        base=base,
        state=app.state,
        cookie_secret=_cookie_secret(),
        transforms=[Policy],
        default_handler_class=handlers.NotFound,
        log_function=handlers.log_request,
    )


def shared(told: Told) -> list[tuple[Any, ...]]:
    """Return the routes that every service has besides its own."""
    return [
        (r"static/berth/(.*)", Files, {"path": str(templates() / "static")}),
        (r"static/(.*)", Files, {"path": str(UPSTREAM / "static")}),
        (r"logo", Logo, {"file": logo(told)}),
        (r"language/([a-z]+)", visits.Language),
        (r"oauth_callback", visits.Callback),
    ]


def _cookie_secret() -> bytes:
    """Return what signs cookies; kept, so that nobody loses a half-written text by a restart."""
    file = state_dir() / "cookie_secret"
    with suppress(FileNotFoundError, ValueError):  # ValueError: cut off, or none of ours
        kept = bytes.fromhex(file.read_text())
        if len(kept) == SECRET:
            return kept
    secret = secrets.token_bytes(SECRET)
    write(file, secret.hex().encode())
    return secret
