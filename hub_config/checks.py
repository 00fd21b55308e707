"""What is looked at before a server starts: the account, its home directory, and its quota.

What cannot be found out never keeps anybody from starting: the agent looks again itself when it
writes into the home directory (agent/spawnfile.py), and says less nicely what is wrong.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from hub_config.cluster.accounts import FEW
from hub_config.cluster.cached import Cached
from hub_config.cluster.client import Client, Home
from hub_config.form.times import clock
from hub_config.i18n.figures import number, size
from hub_config.model.accounts import NEAR, Accounts
from hub_config.quota import Quota, Quotas
from hub_config.said import Text, said, together

HOME_AGE, MISSING_AGE = 300.0, 3.0
"""Seconds until a home directory is looked for again: one that is there, one that is not."""

PEOPLE = 1000
"""People whose homes are kept; who looked longest ago is forgotten first."""

AHEAD = 300.0
"""Seconds that the clock of whoever counts may be ahead; figures of later on are of no time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``reason``: home or quota; ``refuses``: nothing starts with it."""

    text: Text
    reason: str
    refuses: bool


class Checks:
    """The checks of one site. ``many_accounts``: jobs run as their users."""

    def __init__(
        self, accounts: Accounts, client: Client, quotas: Quotas, many_accounts: bool
    ) -> None:
        checks = accounts.checks
        self._login = accounts.login
        self._home = many_accounts if checks.home is None else checks.home
        self._quota = checks.quota if quotas.told else "off"
        self._age = checks.quota_age
        self._client, self._quotas = client, quotas
        self._homes: OrderedDict[str, Cached[Home]] = OrderedDict()
        self._few = asyncio.Semaphore(FEW)

    async def findings(self, user: str, wait: bool = True) -> tuple[Finding, ...]:
        """Return what is wrong for *user*, what keeps servers from starting first.

        *wait* a moment for what the agent says of the home directory, or take what is known.
        """
        if not self._home and self._quota == "off":
            return ()
        home, quotas = await asyncio.gather(self._home_of(user, wait), self._quotas.quotas(user))
        found = list(self._about(home, user)) if home and self._home else []
        if self._quota != "off":
            now = time.time()
            found += [one for quota in quotas for one in self._filling(quota, home, now)]
        return tuple(sorted(found, key=lambda one: not one.refuses))

    async def _home_of(self, user: str, wait: bool) -> Home | None:
        """Return the home of *user* as last seen, perhaps a moment ago; None: not known."""
        if user not in self._homes:
            self._homes[user] = Cached(partial(self._ask, user), HOME_AGE)
        self._homes.move_to_end(user)
        if len(self._homes) > PEOPLE:
            self._homes.popitem(last=False)
        seen = self._homes[user]
        missing = seen.value is not None and not seen.value.there
        if missing and seen.as_of and time.time() - seen.as_of > MISSING_AGE:
            again = Cached(partial(self._ask, user), HOME_AGE)
            again.value = seen.value  # until the answer is there: without an agent nothing starts
            seen = self._homes[user] = again
        if wait:
            return await seen.get()
        seen.touch()
        return seen.value

    async def _ask(self, user: str) -> Home:
        async with self._few:
            return await self._client.home(user)

    def _about(self, home: Home, user: str) -> Iterator[Finding]:
        if not home.path:
            yield Finding(_no_account(user), "home", True)
        elif not home.there:
            yield Finding(_no_home(home.path, self._login), "home", True)

    def _filling(self, quota: Quota, home: Home | None, now: float) -> Iterator[Finding]:
        at_home = home is not None and _holds(quota.path, home)
        fresh = quota.as_of is not None and -AHEAD <= now - quota.as_of <= self._age
        full = quota.space.full or quota.files.full
        if full or max(quota.space.share, quota.files.share) >= NEAR:
            refuses = full and at_home and fresh and self._quota == "refuse"
            yield Finding(_filled(quota, at_home, now), "quota", refuses)


def _holds(path: str, home: Home) -> bool:
    """Return whether the volume *path* is where *home* is."""
    volume = PurePosixPath(path)
    return any(PurePosixPath(place).is_relative_to(volume) for place in (home.path, home.real))


def _no_account(user: str) -> Text:
    return said(
        "The cluster does not know your account {user} yet. A new account takes a while to be"
        " known everywhere; if you have had it for longer, ask your centre's support.",
        user=user,
    )


def _no_home(home: str, login: str | None) -> Text:
    missing = said("Your home directory {home} does not exist yet.", home=home)
    if login:
        return together(missing, said("Log in once by SSH to {host}, then try again.", host=login))
    return together(missing, said("Log in once by SSH to the cluster, then try again."))


def _filled(quota: Quota, at_home: bool, now: float) -> Text:
    full = [_full(quota.path, at_home)] if quota.space.full or quota.files.full else []
    near = [] if full else [_near(quota.path, at_home)]
    return together(*full, *near, *_figures(quota), _counted(quota, now), *_cure(bool(full)))


def _full(path: str, at_home: bool) -> Text:
    if at_home:
        return said("Your home directory ({path}) is full: nothing more fits in.", path=path)
    return said("{path} is full: nothing more fits in.", path=path)


def _near(path: str, at_home: bool) -> Text:
    if at_home:
        return said("Your home directory ({path}) is nearly full.", path=path)
    return said("{path} is nearly full.", path=path)


def _figures(quota: Quota) -> Iterator[Text]:
    """Yield the amounts that are nearly used up."""
    if quota.space.share >= NEAR:
        space = quota.space
        yield said("{used} of {limit} are used.", used=size(space.used), limit=size(space.limit))
    if quota.files.share >= NEAR:
        files = quota.files
        yield said(
            "There are {used} of {limit} files.",
            used=number(files.used),
            limit=number(files.limit),
        )


def _counted(quota: Quota, now: float) -> Text:
    if quota.as_of is None:
        return said("(As of an unknown time.)")
    return said("(As of {time}.)", time=clock(quota.as_of, now))


def _cure(full: bool) -> Iterator[Text]:
    if full:
        yield said("Delete or move some files.")
