"""Disk quotas and balances, as Open OnDemand's exporters tell them: the one door to them.

Only the rows of the user who is asked for leave this room.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeVar

from hub_config.model.accounts import Accounts
from hub_config.quota.rows import Amount as Amount
from hub_config.quota.rows import Balance as Balance
from hub_config.quota.rows import Quota as Quota
from hub_config.quota.rows import read_balances, read_quotas
from hub_config.quota.source import Source

_T = TypeVar("_T")


class Quotas:
    """What all files and addresses of a site tell, of one user at a time."""

    def __init__(self, accounts: Accounts) -> None:
        self._quotas = [Source(place, read_quotas) for place in accounts.quota]
        self._balances = [Source(place, read_balances) for place in accounts.balance]

    async def quotas(self, user: str) -> tuple[Quota, ...]:
        """Return the quotas of *user*, as last told; none while nothing is known."""
        return await _rows(self._quotas, user)

    async def balances(self, user: str) -> tuple[Balance, ...]:
        """Return the balances of *user* and of their projects."""
        return await _rows(self._balances, user)

    @property
    def told(self) -> bool:
        """Whether anybody tells quotas here."""
        return bool(self._quotas)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why something that is told cannot be used; for operators."""
        sources: Iterable[Source[Quota] | Source[Balance]] = (*self._quotas, *self._balances)
        return tuple(problem for source in sources for problem in source.problems)


async def _rows(sources: Sequence[Source[_T]], user: str) -> tuple[_T, ...]:
    found = await asyncio.gather(*(source.of(user) for source in sources))
    return tuple(row for rows in found for row in rows)
