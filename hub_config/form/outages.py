"""Maintenance that a server would run into, and the longest time that still fits before it."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub_config.cluster.facts import Occupancy, Outage
from hub_config.form.times import clock, span
from hub_config.model.units import MINUTE
from hub_config.said import said, together

MARGIN = 5 * MINUTE
"""What a job may take until it starts, so that what is offered still fits then."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Maintenance to come, for the script: ``start`` in epoch seconds, and a sentence."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """A time that reaches into maintenance; ``fits``: seconds that would not, 0: none would."""

    text: str
    fits: int

    @property
    def shown(self) -> str:
        """``fits`` in hours and minutes."""
        return span(self.fits)


def coming(outages: Iterable[Outage], now: float) -> Outage | None:
    """Return the maintenance that goes on or comes next."""
    return next((one for one in outages if one.end is None or one.end > now), None)


def outline(outage: Outage, now: float) -> Outline:
    """Return what the script says of *outage*."""
    return Outline(int(outage.start), _sentence(outage, now))


def crossing(occupancy: Occupancy | None, walltime: int, least: int, now: float) -> Crossing | None:
    """Return what *walltime* seconds from *now* run into; *least* is the shortest allowed."""
    outage = coming(occupancy.outages, now) if occupancy else None
    if outage is None or now + walltime <= outage.start:
        return None
    left = int(outage.start - now - MARGIN) // MINUTE * MINUTE
    fits = left if left >= max(least, MINUTE) else 0
    advice = longest(span(fits)) if fits else too_late()
    return Crossing(together(_sentence(outage, now), advice), fits)


def longest(time: str) -> str:
    """Return the advice where *time*, in hours and minutes, is left."""
    return said("At most {time} h fit before it; what asks for more waits until it is over.",
                time=time)  # fmt: skip


def too_late() -> str:
    """Return the advice where no time is left."""
    return said("Your server would wait until it is over.")


def _sentence(outage: Outage, now: float) -> str:
    start = clock(outage.start, now)
    if outage.end is None:
        return said("Maintenance begins at {start}.", start=start)
    return said("There is maintenance from {start} to {end}.",
                start=start, end=clock(outage.end, now))  # fmt: skip
