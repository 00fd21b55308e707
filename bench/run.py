"""Runs a plan, part by part, ours and stock in turns, and keeps what was seen after each part."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

from bench import latency, load, standing
from bench.plan import Plan
from bench.rest import Rest
from bench.stage import Stage

log = logging.getLogger("bench")
PARTS = ("latency", "form", "storm", "waiting", "outage", "restart", "steady", "usage")
Results = dict[str, dict[str, list[Any]]]
"""What was measured ("steady 50") -> whose ("ours", "stock", "floor") -> one value per turn."""


class Run:
    """A plan on its stage. A measurement that fails is kept as its error, and the run goes on."""

    def __init__(self, plan: Plan, stage: Stage, keep: Callable[[Results], None]) -> None:
        self.plan, self.stage, self._keep = plan, stage, keep
        self.results: Results = defaultdict(lambda: defaultdict(list))

    def measure(self, parts: Iterable[str]) -> None:
        """Measure these of PARTS, in the order of PARTS."""
        alone = {
            "latency": self._latency,
            "form": self._form,
            "storm": self._storm,
            "waiting": self._waiting,
        }
        for name, part in alone.items():
            if name in parts:
                part()
        self._standing({"outage", "restart", "steady"} & set(parts))

    def _latency(self) -> None:
        for kind, values in latency.latency(self.stage, self.plan.spawns).items():
            self.results["latency"][kind] = list(values)
            log.info("latency, %s: %s", kind, values)
        self._keep(self.results)

    def _form(self) -> None:
        self._turns("form", lambda hub: load.form(self.stage, hub, self.plan.pages))

    def _storm(self) -> None:
        users = self.stage.users[: self.plan.storm]
        self._turns(f"storm {len(users)}", lambda hub: load.storm(self.stage, hub, users))

    def _waiting(self) -> None:
        users, seconds = self.stage.users[: self.plan.waiting], self.plan.window
        self._turns(
            f"waiting {len(users)}", lambda hub: load.waiting(self.stage, hub, users, seconds)
        )

    def _standing(self, parts: set[str]) -> None:
        """Measure what servers cost, with more and more of them: they are not taken back."""
        plan = self.plan
        sizes = {"outage": (plan.outage_servers,), "restart": plan.restarts, "steady": plan.sizes}
        for size in sorted({size for part in parts for size in sizes[part]}):
            self.stage.seed(size)
            for part in sorted(part for part in parts if size in sizes[part]):
                getattr(self, f"_{part}")(size)

    def _outage(self, size: int) -> None:
        seconds = self.plan.outage
        self._turns(f"outage {size}", lambda hub: load.outage(self.stage, hub, size, seconds))

    def _restart(self, size: int) -> None:
        for _ in range(self.plan.repeats):
            self._turns(f"restart {size}", lambda hub: standing.restart(self.stage, hub, size))
        if size == max(self.plan.restarts):
            seconds = self.plan.health
            self._turns(f"health {size}", lambda hub: standing.health(self.stage, hub, seconds))

    def _steady(self, size: int) -> None:
        seconds = self.plan.window
        self._turns(f"steady {size}", lambda hub: standing.steady(self.stage, hub, seconds))

    def _turns(self, name: str, measure: Callable[[Rest], Any]) -> None:
        """Measure both hubs, the other one first each time; what fails is kept as its words."""
        seen = self.results[name]
        for hub in self._order(len(seen["ours"])):
            try:
                value = measure(hub)
            except Exception as error:  # whatever it is: an hour of figures is not lost for it
                log.exception("%s of %s", name, hub.kind)
                value = f"failed: {type(error).__name__}: {str(error)[:300]}"
            seen[hub.kind].append(value)
            log.info("%s, %s: %s", name, hub.kind, value)
        self._keep(self.results)

    def _order(self, turn: int) -> Iterator[Rest]:
        return iter(self.stage.hubs if turn % 2 == 0 else self.stage.hubs[::-1])


def plain(value: Any) -> Any:
    """Return *value* as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
