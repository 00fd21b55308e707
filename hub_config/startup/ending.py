"""The ends of servers that were taken over: by themselves, or because somebody wanted it before."""

import asyncio
from functools import partial
from typing import Any

from hub_config.tokens import revoke


def watch_end(hub: Any, spawner: Any) -> None:
    """Clean up once the job of *spawner* has ended by itself."""
    spawner.add_poll_callback(partial(_ended, hub, spawner))
    spawner.start_polling()


async def _ended(hub: Any, spawner: Any) -> None:
    hub.log.warning("The server of %s has ended", spawner._log_name)
    await _stop(hub, spawner)


def end(hub: Any, spawner: Any) -> None:
    """Stop *spawner* in the background; it is shown as stopping until its job has ended."""
    spawner._stop_pending, spawner._check_pending = True, False
    spawner._stop_future = asyncio.create_task(_stop(hub, spawner))


async def _stop(hub: Any, spawner: Any) -> None:
    """Take the route away, end the job, forget the server (handlers/base.py, stop_single_user)."""
    try:
        await hub.proxy.delete_user(spawner.user, spawner.name)
    except Exception:
        # The next check of all routes removes it, and the job must end all the same.
        hub.log.exception("The route of %s is still there", spawner._log_name)
    try:
        if spawner.child_spawner is not None and spawner.child_spawner.over:
            revoke(hub.db, spawner.child_spawner.token_hash)
        await spawner.user.stop(spawner.name)
    except Exception:
        hub.log.exception("%s is not cleaned up, once more in a moment", spawner._log_name)
        hub.db.rollback()
    finally:
        spawner._stop_future, spawner._stop_pending = None, False
