"""The hub's answers, kept for half a minute for whoever asked with the same token."""

import time
from collections import OrderedDict

from pydantic import ValidationError

from services.accounts.mine import Mine
from services.common.hub import HubAway, ask_hub

KEPT_SECONDS = 30.0
MOST = 1000
"""Answers that are kept; the oldest go first."""


class Asked:
    """The answers by token, so that nobody is shown what somebody else was told."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Mine]] = OrderedDict()

    async def mine(self, token: str) -> Mine:
        """Return what the hub tells the owner of *token*. Raises HubAway, HTTPError 403."""
        now = time.monotonic()
        since, kept = self._kept.get(token, (now - KEPT_SECONDS, None))
        if kept and now - since < KEPT_SECONDS:
            return kept
        told = await ask_hub("berth/accounts", token)
        try:
            mine = Mine.model_validate(told)
        except ValidationError as error:
            raise HubAway(f"its answer is not understood: {error.errors()[0]['loc']}") from None
        self._keep(token, now, mine)
        return mine

    def _keep(self, token: str, now: float, mine: Mine) -> None:
        """Keep an answer, and let go of those whose time is over."""
        self._kept[token] = (now, mine)
        self._kept.move_to_end(token)
        while len(self._kept) > MOST or self._oldest < now - KEPT_SECONDS:
            self._kept.popitem(last=False)
            if not self._kept:
                return

    @property
    def _oldest(self) -> float:
        return next(iter(self._kept.values()))[0]
