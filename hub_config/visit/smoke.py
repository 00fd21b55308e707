"""A smoke test of a hub as an ordinary user: every preset is started, looked at and stopped.

Safe in production: named servers of its own, so that the user's servers are left alone; one at
a time unless asked otherwise; no right that the user does not have; everything is stopped at the
end, however it comes. What a preset promises is read from the form, as people do.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub_config.ops.failure import Failed
from hub_config.visit.client import Hub, visit
from hub_config.visit.form import Card, SpawnForm
from hub_config.visit.job import PROBE, Check, compare, faults, read
from hub_config.visit.server import Server, StillQueued, started

PREFIX = "smoke-"
"""How the names of the servers begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do: which hub, who, which presets (none: all that are open), how patiently."""

    url: str
    user: str
    password: str = field(repr=False)
    ca: Path | None = None
    presets: Sequence[str] = ()
    parallel: int = 1
    queue_limit: float = 600
    start_limit: float = 300


@dataclass(slots=True)
class Result:
    """What became of one preset: ok, differs, failed, waited or locked. Times in seconds."""

    preset: str
    title: str
    outcome: str
    message: str = ""
    checks: tuple[Check, ...] = ()
    host: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


Say = Callable[[str], None]


def smoke(plan: Plan, say: Say) -> list[Result]:
    """Return what became of every preset. Raises Failed if nothing could be tried at all."""
    return visit(_smoke(plan, say))


def good(results: Sequence[Result]) -> bool:
    """Whether something was proved and nothing disproved.

    A job that only waited is no fault of the hub; a run in which none began proves nothing.
    """
    outcomes = {result.outcome for result in results}
    return "ok" in outcomes and not outcomes & {"differs", "failed"}


async def _smoke(plan: Plan, say: Say) -> list[Result]:
    async with Hub(plan.url, plan.user, plan.ca) as hub:
        await hub.log_in(plan.password)
        say(f"logged in to {plan.url} as {plan.user}")
        try:
            name = _name()
            form = await hub.form(name)
            await Server(hub, name).end()  # to look at the page of a server is to make its row
            slots = asyncio.Semaphore(plan.parallel)
            cards = _chosen(form, plan.presets)
            tries = (_try(hub, card, slots, plan, say) for card in cards)
            return list(await asyncio.gather(*tries))
        finally:
            with contextlib.suppress(Failed):
                await hub.log_out()


def _chosen(form: SpawnForm, wanted: Sequence[str]) -> list[Card]:
    cards = {card.id: card for card in form.cards}
    if unknown := [name for name in wanted if name not in cards]:
        raise Failed(f"there is no preset {unknown[0]} — the form has {', '.join(cards)}")
    return [cards[name] for name in wanted] if wanted else list(cards.values())


async def _try(hub: Hub, card: Card, slots: asyncio.Semaphore, plan: Plan, say: Say) -> Result:
    result = Result(card.id, card.title, "locked")
    if card.locked:
        return result
    async with slots:
        say(f"{card.id}: starting")
        try:
            await _one(hub, card, result, plan)
        except StillQueued as error:
            result.outcome, result.message = "waited", f"{error}; it is cancelled"
        except Failed as error:
            result.outcome, result.message = "failed", str(error)
        say(f"{card.id}: {result.outcome}{f', {result.message}' if result.message else ''}")
    return result


async def _one(hub: Hub, card: Card, result: Result, plan: Plan) -> None:
    name = _name()
    form = await hub.form(name)  # again: it holds what can be chosen now
    clock = time.monotonic()
    async with started(hub, form, name, {"profile": card.id}) as server:
        await server.wait(plan.queue_limit, plan.start_limit)
        clock = time.monotonic()
        job = read(await server.execute(PROBE))
        result.seconds = {
            "queue": server.begun,
            "boot": server.ready - server.begun,
            "cell": time.monotonic() - clock,
        }
        result.host, result.checks = str(job["host"]), compare(card.values, job)
        result.message = "; ".join(faults(result.checks))
        result.outcome = "differs" if result.message else "ok"
        clock = time.monotonic()
    result.seconds["stop"] = time.monotonic() - clock


def _name() -> str:
    return PREFIX + secrets.token_hex(3)
