"""All routes back at once after the proxy was restarted.

JupyterHub looks at a proxy that it did not start only every ``last_activity_interval``
(jupyterhub/app.py, ``update_last_activity``). Here a connection to the proxy's API is held open
and nothing sent on it: it ends in the moment the proxy does, however it does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

log = logging.getLogger("berth.routes")

RETRY = 0.2
"""Seconds between two looks whether the proxy is back."""

_Restore = Callable[[], Awaitable[None]]
_Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


def connector(url: str, socket: Path | None) -> _Connect:
    """Return what opens a connection to the proxy's API, a *socket* or the TCP port of *url*."""
    if socket:
        return lambda: asyncio.open_unix_connection(socket)
    parts = urlsplit(url)
    return lambda: asyncio.open_connection(parts.hostname, parts.port)


async def keep_routes(connect: _Connect, restore: _Restore) -> None:
    """Call *restore* whenever the proxy could be reached anew; ends only when cancelled.

    The proxy also ends a connection that stays silent for about a minute (node's
    ``headersTimeout``): *restore* then finds nothing to do.
    """
    while True:
        with suppress(OSError):
            reader, writer = await connect()
            with closing(writer):
                await _restore_until(_end(reader), restore)
        await asyncio.sleep(RETRY)


async def _restore_until(end: Coroutine[Any, Any, None], restore: _Restore) -> None:
    """Restore, and return when *end* does.

    A proxy that is being killed may take a connection before it goes. JupyterHub would then try
    to reach it for half a minute (``ConfigurableHTTPProxy.api_request``), past its return.
    """
    ended, restored = asyncio.ensure_future(end), asyncio.ensure_future(_try(restore))
    try:
        await ended
    finally:
        for task in (ended, restored):
            task.cancel()
        await asyncio.wait({restored})


async def _end(reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        await reader.read()


async def _try(restore: _Restore) -> None:
    try:
        await restore()
    except Exception:
        # Nothing that goes wrong here may end the watch; the next connection tries again.
        log.exception("The routes could not be checked")
