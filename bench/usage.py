"""The statistics of use with a million events: how long they are counted, how long a page takes.

The real process of the service reads synthetic events from what stands in for a hub; pages are
asked for as an admin, who sees the most, while events come in and when all are counted.
"""

import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hub_config.model.events import NAMES, VERSION
from services.usage.spans import KINDS, span_of
from tests.services.usage.standin import Process, StandIn, beside

USERS, PROFILES, PARTITIONS = 5000, 30, 12
APPLICATIONS = ("lab", "notebook", "code", "rstudio", "desktop", "matlab")
OUTCOMES = ("stopped", "finished", "timeout", "withdrawn", "failed", "out_of_memory", "cancelled")
DAY = 86400.0
DAYS = 400
PAGES = 200
PAUSE = 0.2
"""Seconds between two pages while events come in."""


@dataclass(frozen=True)
class Usage:
    """What was seen; times in seconds."""

    events: int
    counted: float
    during: dict[str, float]
    after: dict[str, float]


class Telling(StandIn):
    """Tells so many events, made anew for each page: a list of them would take gigabytes."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self._first = time.time() - DAYS * DAY

    def after(self, last: int, limit: int) -> list[dict[str, Any]]:
        """Return the page of events that follows *last*."""
        page, known = divmod(last, limit)
        chance = random.Random(page)  # noqa: S311  # the same page each time it is asked for
        servers = [_server(chance) for _ in range(limit // len(NAMES) + 1)]
        size = min(limit, self.number - page * limit)
        return [self._event(page * limit + n, *divmod(n, 3), servers) for n in range(known, size)]

    def _event(self, index: int, server: int, step: int, servers: list[Any]) -> dict[str, Any]:
        at = self._first + DAYS * DAY * index / self.number
        told = {"schema": NAMES[step], "version": VERSION, "data": servers[server]}
        return {"id": index + 1, "at": at, **told}


def _server(chance: random.Random) -> dict[str, Any]:
    """Return all that the three events of a server say."""
    waited = chance.expovariate(1 / 20) if chance.random() < 0.9 else chance.uniform(60, 7200)
    return {
        "uuid": f"{chance.getrandbits(128):032x}", "server": "", "kind": "preset",
        "user": f"user{chance.randrange(USERS)}",
        "profile": f"preset-{chance.randrange(PROFILES)}",
        "application": chance.choices(APPLICATIONS, (50, 20, 12, 10, 5, 3))[0],
        "partition": f"partition-{chance.randrange(PARTITIONS)}",
        "cores": 4, "memory": 4096, "walltime": 28800, "gpus": 0, "gpu_type": "",
        "waited": waited, "queued": waited / 2, "ready": True, "lasted": 3600.0,
        "outcome": chance.choices(OUTCOMES, (50, 20, 15, 5, 4, 4, 2))[0],
        "state": "", "reason": "", "by_other": False,
    }  # fmt: skip


def usage(number: int) -> Usage:
    """Let the service count *number* events, and draw PAGES pages."""
    hub = Telling(number)
    with tempfile.TemporaryDirectory() as folder, beside(Path(folder), hub=hub) as service:
        service.start()
        began = time.monotonic()
        during: list[float] = []
        while not hub.asked or hub.asked[-1][0] < number:
            during.append(_draw(service, len(during)))
            time.sleep(PAUSE)
        counted = time.monotonic() - began
        after = [_draw(service, turn) for turn in range(PAGES)]
    return Usage(number, counted, _figures(during), _figures(after))


def _draw(service: Process, turn: int) -> float:
    """Ask for a page as an admin; return how long it took."""
    kind = KINDS[turn % len(KINDS)]
    day = date.today() - timedelta(days=turn % DAYS)
    began = time.monotonic()
    answer = service.ask(f"?{kind}={span_of(kind, day)}", "ann")
    took = time.monotonic() - began
    if answer.status_code != 200:
        raise RuntimeError(f"the page answered {answer.status_code}: {answer.text[-500:]}")
    return took


def _figures(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    return {"pages": len(times), "p50": cuts[9], "p95": cuts[18], "longest": max(times)}
