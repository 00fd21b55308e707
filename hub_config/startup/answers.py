"""Whether servers that were taken over answer. Nothing follows but a line in the log.

JupyterHub ends a server that does not answer when the hub starts. Ours has a job that runs: a
network that is down for a minute must not cost everybody their work.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

AT_ONCE = 50
SECONDS = 30


async def ask(hub: Any, spawners: Iterable[Any]) -> None:
    """Ask each of them once, a few at a time."""
    slots = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_ask(hub, spawner, slots) for spawner in spawners))


async def _ask(hub: Any, spawner: Any, slots: asyncio.Semaphore) -> None:
    async with slots:
        if not spawner.ready:
            return
        try:
            await spawner.server.wait_up(http=True, timeout=SECONDS, extra_path="api")
        except Exception as error:
            text = "%s does not answer, its job goes on: %s"
            hub.log.warning(text, spawner._log_name, error)
