"""What a scenario is: a fault, its size, and the figures that come out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.side import Side


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. Times in seconds; ``polls`` is how often the hub looks (0: usual)."""

    many: int
    few: int
    repeats: int
    at_once: int
    outage: float
    trouble: float
    polls: dict[str, int]
    patience: float
    requests: int
    measured: float
    slow: tuple[int, int]
    """R4: start_timeout, and the later moment at which sbatch answers."""
    thin: int
    """Where every variant costs a restart: take each of them, or every third."""

    def hold(self, side: Side) -> float:
        """Return how long a fault must last to be seen by each server's own poll."""
        return 1.2 * self.polls[side.name] + 1


FULL = Size(
    many=50, few=20, repeats=10, at_once=5, outage=120, trouble=60, polls={"ours": 7, "stock": 8},
    patience=360, requests=200, measured=60, slow=(15, 35), thin=1,
)  # fmt: skip
"""The numbers of the table. Stock polls each server every 30 s by itself; 8 s saves time."""
SMALL = Size(
    many=6, few=4, repeats=1, at_once=1, outage=12, trouble=5, polls={"ours": 1, "stock": 3},
    patience=60, requests=40, measured=21, slow=(15, 6), thin=3,
)  # fmt: skip
"""The numbers of ``make test``."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``cell`` is for the table; ``good`` says whether the target was met."""

    cell: str
    good: bool
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table. ``run`` leaves no fault behind; servers may stay."""

    id: str
    fault: str
    unit: str
    target: str
    run: Callable[[Side, Size], Outcome]
