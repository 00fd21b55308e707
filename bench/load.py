"""What users do to a hub at their worst: start all at once, wait in a queue, load the form."""

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from bench.meters import Cost, cost, cpu
from bench.prober import Health, Probe
from bench.rest import Rest
from bench.stage import Stage, held
from tests.support.hubs import Visitor, until
from tests.testbed.shell import must

LOADERS = 10
"""Users without a server, the last ones of the stage, who load the form."""
_PATIENCE = 600.0


@dataclass(frozen=True)
class Storm:
    """Seconds until all were ready and until all were gone again; starts that failed.

    ``hub_cpu``: seconds that the hub has computed for both.
    """

    all_ready: float
    all_stopped: float
    errors: int
    calls: int
    hub_cpu: float


@dataclass(frozen=True)
class Forms:
    """Pages of the form: how many, their median and longest seconds, how many were no page."""

    pages: int
    median: float
    longest: float
    errors: int


@dataclass(frozen=True)
class Quiet:
    """Forms loaded one after the other; ``calls`` of the scheduler for each."""

    forms: Forms
    calls: float


@dataclass(frozen=True)
class Outage:
    """What the hub did while slurmctld was stopped: ``lost`` servers of ``servers``."""

    health: Health
    forms: Forms
    servers: int
    lost: int


def storm(stage: Stage, hub: Rest, users: list[str]) -> Storm:
    """Start a server for each of *users* at once, and stop all at once; there are no others."""
    with stage.running(hub), ThreadPoolExecutor(len(users)) as pool:
        hub.add_users(users)
        calls, spent, began = hub.calls_made(), cpu(hub.pids()), time.monotonic()
        statuses = list(pool.map(hub.start_server, users))
        errors = sum(status >= 300 for status in statuses)
        until(lambda: hub.ready() >= len(users) - errors, "all servers ready", _PATIENCE)
        ready = time.monotonic()
        list(pool.map(hub.stop_server, users))
        until(lambda: not hub.ready() and not stage.bed.squeue(), "the end of all", _PATIENCE)
        stopped, spent = time.monotonic(), cpu(hub.pids()) - spent
        calls = hub.calls_made() - calls
        return Storm(ready - began, stopped - ready, errors, calls, spent)


def waiting(stage: Stage, hub: Rest, users: list[str], seconds: float) -> Cost:
    """Return what it costs in a minute that *users* wait for a partition that is full."""
    blocker = must(["/usr/bin/sbatch", "--parsable", "--partition=full", "--output=/dev/null",
                    "--wrap=sleep infinity"], env=stage.bed.env).strip()  # fmt: skip
    with stage.running(hub), ThreadPoolExecutor(len(users)) as pool:
        hub.add_users(users)
        futures = [pool.submit(hub.start_server, user, profile="full") for user in users]
        until(lambda: len(stage.bed.squeue()) > len(users), "all in the queue", _PATIENCE)
        for future in futures:
            future.result()  # 202: the hub has stopped waiting, the user sees the pending page
        seen = cost(stage.bed, hub, seconds)
        list(pool.map(hub.stop_server, users))
        must(["/usr/bin/scancel", blocker], env=stage.bed.env)
        until(lambda: not stage.bed.squeue(), "an empty queue", _PATIENCE)
    return seen


def form(stage: Stage, hub: Rest, pages: int) -> Quiet:
    """Load the form so many times in a row, with nothing else to do."""
    with stage.running(hub):
        [visitor] = _visitors(hub, stage.users[-1:])
        _load(visitor)  # what the first visit of a user asks for is kept afterwards
        calls = hub.calls_made()
        took = [_load(visitor) for _ in range(pages)]
        visitor.close()
        return Quiet(_summary(took), (hub.calls_made() - calls) / pages)


def outage(stage: Stage, hub: Rest, servers: int, seconds: float) -> Outage:
    """Stop slurmctld for *seconds* while ten users load the form again and again."""
    with stage.running(hub):
        until(lambda: hub.ready() == servers, f"{servers} servers ready", _PATIENCE)
        visitors = _visitors(hub, stage.users[-LOADERS:])
        with held(stage.bed), _loading(visitors) as took:
            health = Probe(hub.hub_port, seconds).result()
        for visitor in visitors:
            visitor.close()
        time.sleep(40)  # for what was waiting for an answer, and one more round of polls
        left = hub.ready()
        return Outage(health, _summary(took), servers, servers - left)


@contextmanager
def _loading(visitors: list[Visitor]) -> Iterator[list[float | None]]:
    """Let *visitors* load the form until the block ends; the list grows meanwhile."""
    took: list[float | None] = []
    done = threading.Event()

    def load(visitor: Visitor) -> None:
        while not done.wait(1.0):
            took.append(_load(visitor))

    with ThreadPoolExecutor(len(visitors)) as pool:
        for visitor in visitors:
            pool.submit(load, visitor)
        try:
            yield took
        finally:
            done.set()


def _visitors(hub: Rest, names: list[str]) -> list[Visitor]:
    """Log in people who have no server: who has one is not shown the form."""
    hub.add_users(names)
    return [hub.visitor(name, hub.password_of(name)) for name in names]


def _load(visitor: Visitor) -> float | None:
    began = time.monotonic()
    try:
        page = visitor.get("/hub/spawn")
    except requests.RequestException:
        return None
    is_form = page.status_code == 200 and "<form" in page.text and "profile" in page.text
    return time.monotonic() - began if is_form else None


def _summary(took: list[float | None]) -> Forms:
    good = [seconds for seconds in took if seconds is not None] or [0.0]
    return Forms(len(took), statistics.median(good), max(good), took.count(None))
