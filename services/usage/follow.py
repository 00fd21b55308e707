"""Asks the hub for what is new, again and again, and has it counted."""

import asyncio
import logging
import os
import time
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.common.hub import ask_hub
from services.usage.store import Store

log = logging.getLogger("berth.usage")

LIMIT = 1000
"""Events at once: so few that whoever looks at the page meanwhile does not wait for them."""

PAUSE = 5.0
"""Seconds."""

DAY = 86400.0

WORTH_KEEPING = 60.0
"""Seconds after which it is stored that nothing was new: each time would wear out a disk."""


class _Answer(BaseModel):
    """What the hub answers: ``last`` is what to ask after next time."""

    model_config = ConfigDict(extra="ignore")

    events: list[dict[str, Any]]
    last: int


class Follower:
    """Follows the hub's events for one store."""

    def __init__(self, store: Store, keep: float) -> None:
        self.heard = 0.0
        """When the hub last said that there was no more (seconds since 1970)."""
        self._store, self._keep = store, keep
        self._trouble = ""
        self._forgot = float("-inf")

    async def run(self) -> None:
        """Follow until cancelled, whatever happens to the hub and to the database."""
        while True:
            more = False
            try:
                more = await self.step()
                await self._forget()
                self._tell("")
            except Exception as error:  # whatever it is, the next try may go well
                self._tell(f"{type(error).__name__}: {error}")
            await asyncio.sleep(0 if more else PAUSE)

    async def step(self) -> bool:
        """Take what is new; return whether there may be more."""
        known = await asyncio.to_thread(self._store.read)
        path = f"berth/events?after={known.last}&limit={LIMIT}"
        answer = _Answer.model_validate(await ask_hub(path, os.environ["JUPYTERHUB_API_TOKEN"]))
        more = len(answer.events) >= LIMIT
        now = known.at if more else time.time()
        if answer.events or now - known.at > WORTH_KEEPING:
            await asyncio.to_thread(self._store.take, answer.events, answer.last, now)
        if not more:
            self.heard = now
        return more

    async def _forget(self) -> None:
        if time.monotonic() - self._forgot > DAY:
            await asyncio.to_thread(self._store.forget, self._keep)
            self._forgot = time.monotonic()

    def _tell(self, trouble: str) -> None:
        """Log what keeps it from following, once, and that it follows again."""
        if trouble and not self._trouble:
            log.warning("Nothing new can be counted, trying again: %s", trouble)
        elif self._trouble and not trouble:
            log.info("What is new is counted again.")
        self._trouble = trouble
