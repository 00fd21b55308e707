"""Events as the hub tells them, of servers that were never there, and what they come to."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hub_config.model.events import is_failure

DAY = 86400.0
APPLICATIONS = ("lab", "code", "rstudio")
PARTITIONS = ("shared", "compute", "gpu")
PROFILES = ("shared-1", "shared-4", "advanced")
OUTCOMES = ("finished", "stopped", "withdrawn", "timeout", "failed", "out_of_memory", "cancelled")


@dataclass
class Told:
    """One server of the story."""

    uuid: str
    user: str
    application: str
    partition: str
    profile: str
    at: float
    waited: float | None = None
    outcome: str = ""
    ready: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.outcome) and is_failure(self.outcome, self.ready)


@dataclass
class Story:
    """Events in the order in which the hub tells them."""

    servers: dict[str, Told] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, schema: str, at: float, **data: Any) -> None:
        event = {"id": len(self.events) + 1, "schema": schema, "version": 1, "at": at}
        self.events.append(event | {"data": data})

    def request(
        self,
        number: int,
        at: float,
        user: str = "cat",
        application: str = "lab",
        partition: str = "shared",
        profile: str = "shared-1",
    ) -> Told:
        told = Told(UUID(int=number).hex, user, application, partition, profile, at)
        self.servers[told.uuid] = told
        self.tell(
            "server-requested", at, uuid=told.uuid, user=user, server="", profile=profile,
            kind="advanced" if profile == "advanced" else "preset", application=application,
            partition=partition, cores=1, memory=2560, walltime=3600, gpus=0, gpu_type="",
        )  # fmt: skip
        return told

    def ready(self, told: Told, waited: float) -> None:
        told.ready, told.waited = True, waited
        self.tell(
            "server-ready", told.at + waited, uuid=told.uuid, user=told.user, server="",
            waited=waited, queued=None,
        )  # fmt: skip

    def end(self, told: Told, at: float, outcome: str, reason: str = "") -> None:
        told.outcome = outcome
        self.tell(
            "server-ended", at, uuid=told.uuid, user=told.user, server="", outcome=outcome,
            state="", reason=reason, by_other=False, ready=told.ready, lasted=None,
        )  # fmt: skip

    def within(self, first: float, last: float) -> list[Told]:
        return [told for told in self.servers.values() if first <= told.at < last]


def story(number: int, first: float, days: float, seed: int = 1) -> Story:
    """Return the story of so many servers: told again, corrected, half told, and still open."""
    chance = random.Random(seed)  # noqa: S311  # the same story each time
    found = Story()
    for one in range(number):
        told = found.request(
            chance.getrandbits(120) << 8 | one % 256,
            first + days * DAY * one / number,
            user=f"user{chance.randrange(200)}",
            application=chance.choice(APPLICATIONS),
            partition=chance.choice(PARTITIONS),
            profile=chance.choice(PROFILES),
        )
        if chance.random() < 0.9:
            found.ready(told, round(chance.expovariate(1 / 40), 3))
        if chance.random() < 0.9:
            found.end(told, told.at + 5000, chance.choice(OUTCOMES))
        if told.outcome and chance.random() < 0.1:
            found.end(told, told.at + 5000, chance.choice(OUTCOMES))
    return found


def counted(servers: Iterable[Told], by: str) -> dict[str, tuple[int, int, int]]:
    """Return (starts, ready, failed) by what *by* names, one after the other."""
    starts: Counter[str] = Counter()
    ready: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for told in servers:
        name = getattr(told, by)
        starts[name] += 1
        ready[name] += told.ready
        failed[name] += told.failed
    return {name: (starts[name], ready[name], failed[name]) for name in starts}


def nearest_rank(values: Sequence[float], of: int) -> float:
    """Return a percentile as the textbook has it: the smallest that so many do not exceed."""
    return next(v for v in sorted(values) if sum(w <= v for w in values) * 100 >= of * len(values))
