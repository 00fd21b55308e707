"""A start that the hub was in when it ended: it goes on, and whoever waits for it sees it go on.

User.spawn cannot do this, it would submit another job. What comes after the submission is done
here as JupyterHub does it (jupyterhub/user.py, User.spawn; handlers/base.py, spawn_single_user),
but for the token and the OAuth client, which are there already.
"""

import asyncio
from functools import partial
from typing import Any

from hub_config.startup.ending import watch_end


def resume(hub: Any, spawner: Any) -> None:
    """Go on with the start of *spawner* in the background; its page shows it as pending."""
    spawner._spawn_pending, spawner._check_pending = True, False
    spawner._spawn_future = asyncio.create_task(_finish(hub, spawner))
    spawner._spawn_future.add_done_callback(partial(_settled, spawner))


async def _finish(hub: Any, spawner: Any) -> None:
    user = spawner.user
    try:
        host, port = await spawner.resume()
    except Exception:
        await user.stop(spawner.name)
        raise
    settle_address(hub, spawner, host, port)
    try:
        await hub.proxy.add_user(user, spawner.name)
    except Exception:
        # The proxy is asked again by the next check of all routes.
        hub.log.exception("No route yet for %s", spawner._log_name)
    watch_end(hub, spawner)


def settle_address(hub: Any, spawner: Any, host: str, port: int) -> None:
    """Save where the server of *spawner* listens."""
    server = spawner.server
    server.proto, server.ip, server.port = "http", host, port
    spawner.orm_spawner.state = spawner.get_state()
    hub.db.commit()


def _settled(spawner: Any, start: asyncio.Task[None]) -> None:
    """Leave only a failure behind, for the page that says what went wrong."""
    spawner._spawn_pending = False
    if start.cancelled() or start.exception() is None:
        spawner._spawn_future = None
