"""What the hub knows of its user's projects, budgets, quotas and balances, as JSON.

It is told to nobody but the user: to their browser or token, and to the accounts service, which
asks with the token its visitor has given it.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from tornado import web

from hub_config.cluster.facts import Features
from hub_config.model.offer import Offer
from hub_config.model.site import Site
from hub_config.quota import Amount, Balance, Quota
from hub_config.runtime import KEY, Runtime, groups
from hub_config.yaml12 import BadConfig

OLD = 2 * 86400.0
"""Seconds after which what an exporter has told is marked as old: they run once a day."""


class AccountsHandler(APIHandler):  # type: ignore[misc]  # untyped upstream
    """GET by a user who may open the accounts service. 200, or 403; 404 where there is none."""

    async def get(self) -> None:
        """Answer with what is known; times in epoch seconds."""
        runtime: Runtime = self.settings[KEY]
        user = self._asking(runtime.site)
        features, accounts, quotas, balances = await asyncio.gather(
            _features(runtime, user),
            runtime.facts.accounts(user.name),
            runtime.quotas.quotas(user.name),
            runtime.quotas.balances(user.name),
        )
        projects, now = accounts.projects, time.time()
        answer = {
            "user": user.name,
            "scheduler": runtime.site.scheduler.product,
            "projects": None if projects is None else [one.to_json() for one in projects],
            "enforced": accounts.enforced,
            "as_of": accounts.as_of,
            "stale": accounts.stale,
            "features": {name: asdict(one) for name, one in features.items()},
            "quotas": [_quota(one, now) for one in quotas],
            "balances": [_balance(one, now) for one in balances],
        }
        if user.admin:
            answer["problems"] = list(runtime.quotas.problems)
        self.set_header("Cache-Control", "no-store")
        self.finish(answer)

    def _asking(self, site: Site) -> Any:
        """Return the user who asks. Raises HTTPError."""
        ours = site.named("accounts")
        if not ours:
            raise web.HTTPError(404, "There is no accounts service")
        user = self.current_user
        wanted = {f"access:services!service={name}" for name in ours} | {"access:services"}
        if not isinstance(getattr(user, "orm_user", None), orm.User):
            raise web.HTTPError(403, "Only users have accounts, and only they are told of theirs")
        if not wanted & set(self.expanded_scopes):
            raise web.HTTPError(403, "The token may not use the accounts service")
        return user


async def _features(runtime: Runtime, user: Any) -> Mapping[str, Features]:
    """Return what the partitions have that *user* may choose."""
    try:
        offer = await runtime.offer(user.name, groups(user))
    except BadConfig:
        return {}
    known = await runtime.facts.features()
    return {name: known[name] for name in _partitions(offer) if name in known}


def _partitions(offer: Offer) -> tuple[str, ...]:
    presets = (one.preset.partition for one in offer.presets.values() if not one.locked)
    return tuple(dict.fromkeys((*offer.partitions, *presets)))


def _quota(one: Quota, now: float) -> dict[str, Any]:
    """Return a quota; space in KiB, ``limit`` null where there is none."""
    return {
        "path": one.path,
        "shared": one.shared,
        "space": _amount(one.space),
        "files": _amount(one.files),
        "as_of": one.as_of,
        "stale": _old(one.as_of, now),
    }


def _amount(one: Amount) -> dict[str, Any]:
    return {"used": one.used, "own": one.own, "limit": one.limit or None}


def _balance(one: Balance, now: float) -> dict[str, Any]:
    return {**asdict(one), "stale": _old(one.as_of, now)}


def _old(as_of: float | None, now: float) -> bool:
    return as_of is None or now - as_of > OLD


ROUTES = [(r"/api/berth/accounts", AccountsHandler)]
