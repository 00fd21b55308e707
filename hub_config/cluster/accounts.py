"""The accounts of people: which they may charge, what is left of their budgets. Cached, per person.

The form's lists, the gate and the page of accounts are made of the same two answers of the
scheduler, asked for at most once in ``ACCOUNTS_AGE`` seconds for each person.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from hub_config.cluster.cached import Cached
from hub_config.cluster.client import Client
from hub_config.model.budget import Budget, Enforced, Project
from hub_config.model.offer import Person
from hub_config.schedulers.base import Membership, Share

ACCOUNTS_AGE, RULES_AGE = 300.0, 3600.0
FEW = 2
"""Questions for accounts at a time: the way to the scheduler is for servers first."""

RECENT = 5.0
"""Seconds for which what was used may be the reason of a refusal without being asked for again."""

PEOPLE = 1000
"""People whose accounts are kept; who looked longest ago is forgotten first."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Accounts:
    """The projects of one person as last seen; None: there are none to know, or not known yet."""

    projects: tuple[Project, ...] | None = None
    as_of: float | None = None
    """Epoch seconds; of the older of the two answers that it is made of."""
    stale: bool = True
    enforced: Enforced = "no"


@dataclass(slots=True)
class _Asked:
    memberships: Cached[tuple[Membership, ...] | None]
    shares: Cached[tuple[Share, ...]]


class People:
    """Everybody who looked lately, and what the scheduler does about budgets."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rules = Cached(client.enforcement, RULES_AGE)
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._few = asyncio.Semaphore(FEW)

    def touch(self, name: str) -> None:
        """See to it that what *name* is shown next will be fresh."""
        asked = self._of(name)
        asked.memberships.touch()
        asked.shares.touch()
        self._rules.touch()

    async def person(self, name: str, groups: frozenset[str]) -> Person:
        """Return who *name* is to the scheduler, with budgets only while they are fresh."""
        found = await self.of(name)
        if found.projects is None:
            return Person(name, groups)
        # What a job without an account is charged to first, then those good for every partition:
        # the form preselects the first.
        in_order = sorted(found.projects, key=lambda one: (not one.default, one.partition != ""))
        accounts = tuple(dict.fromkeys(one.account for one in in_order))
        qos = tuple(dict.fromkeys(q for one in found.projects for q in one.qos))
        fresh = () if found.stale else tuple(in_order)
        return Person(name, groups, accounts, qos or None, fresh, found.enforced)

    def doubt(self, name: str) -> bool:
        """Forget what *name* may use and has used, unless it is RECENT; return whether it is now.

        Managers add to a budget for somebody who waits for it. An answer that is late is none.
        """
        asked = self._of(name)
        if asked.shares.as_of is None or 0 <= time.time() - asked.shares.as_of <= RECENT:
            return False
        asked.shares = self._shares(name)
        return True

    async def of(self, name: str) -> Accounts:
        """Return the projects of *name*, with their age."""
        self.touch(name)
        asked = self._of(name)
        memberships = await asked.memberships.get()
        shares = await asked.shares.get()
        enforced = await self._rules.get()
        ages = [one.as_of for one in (asked.memberships, asked.shares) if one.as_of is not None]
        return Accounts(
            None if memberships is None else tuple(projects(name, memberships, shares or ())),
            min(ages, default=None),
            asked.memberships.stale or asked.shares.stale or self._rules.stale,
            enforced or "no",
        )

    def _of(self, name: str) -> _Asked:
        if name not in self._asked:
            memberships = partial(self._ask, name, self._client.memberships)
            self._asked[name] = _Asked(Cached(memberships, ACCOUNTS_AGE), self._shares(name))
        self._asked.move_to_end(name)
        if len(self._asked) > PEOPLE:
            self._asked.popitem(last=False)
        return self._asked[name]

    def _shares(self, name: str) -> Cached[tuple[Share, ...]]:
        return Cached(partial(self._ask, name, self._client.shares), ACCOUNTS_AGE)

    async def _ask(self, name: str, what: Callable[[str], Awaitable[_T]]) -> _T:
        async with self._few:
            return await what(name)


def projects(
    user: str, memberships: tuple[Membership, ...], shares: tuple[Share, ...]
) -> Iterator[Project]:
    """Yield a project for each membership of *user*, with what *shares* tell of it."""
    accounts = {share.account: share for share in shares if not share.user}
    parts = {(share.account, share.partition): share for share in shares if share.user == user}
    for one in memberships:
        whole = accounts.get(one.account)
        part = parts.get((one.account, one.partition))
        yield Project(
            account=one.account,
            partition=one.partition,
            qos=one.qos,
            default_qos=one.default_qos,
            default=one.default,
            budgets=_budgets(part, whole, accounts),
            used=whole.used if whole else {},
            own=part.used if part else {},
            share=part.factor if part else None,
            known=whole is not None,
        )


def _budgets(
    part: Share | None, whole: Share | None, accounts: Mapping[str, Share]
) -> tuple[Budget, ...]:
    """Return all that limit the user's part: its own, the account's, those of accounts above."""
    above = [accounts.get(name) for name in (whole.above if whole else ())]
    found = [
        Budget(
            tres=tres,
            limit=limit,
            used=share.used.get(tres, 0),
            running=share.running.get(tres, 0),
            holder=share.account,
            own=share.user != "",
        )
        for share in (part, whole, *above)
        if share
        for tres, limit in share.limits.items()
    ]
    return tuple(sorted(found, key=lambda budget: budget.remaining / max(1, budget.limit)))
