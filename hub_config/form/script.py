"""What form.js reads: limits, presets and maintenance, each said once however many share it."""

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

from hub_config.cluster.facts import Outage, Overview
from hub_config.form.amounts import number
from hub_config.form.cards import Card
from hub_config.form.fields import AMOUNTS
from hub_config.form.outages import coming
from hub_config.model.offer import Limits

LISTS = ("gpu_type", "parallel_environment", "constraint")

_T = TypeVar("_T", bound=Hashable)


class _Shared(Generic[_T]):
    """Values by number, in the order in which they came."""

    def __init__(self) -> None:
        self.numbers: dict[_T, int] = {}

    def __getitem__(self, value: _T) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def script(
    partitions: Mapping[str, Limits], cards: tuple[Card, ...], overview: Overview, now: float
) -> tuple[dict[str, Any], tuple[Outage, ...]]:
    """Return the data for the script, and the maintenance its partitions name by number.

    ``limits`` has for each partition the numbers of its spans (``fields.AMOUNTS``; a span is least,
    most and default as the form's inputs have them), of its LISTS, and of its maintenance or -1.
    """
    spans, lists, outages = (
        _Shared[tuple[float, ...]](),
        _Shared[tuple[str, ...]](),
        _Shared[Outage](),
    )
    limits = {}
    for name, one in partitions.items():
        occupancy = overview.partitions.get(name)
        outage = coming(occupancy.outages, now) if occupancy else None
        limits[name] = (
            *(spans[_span(amount, one)] for amount in AMOUNTS),
            *(
                lists[kinds]
                for kinds in (one.gpu_types, one.parallel_environments, one.constraints)
            ),
            outages[outage] if outage else -1,
        )
    data = {
        "now": int(now),
        "spans": list(spans.numbers),
        "lists": list(lists.numbers),
        "limits": limits,
        "presets": {card.value: card.values for card in cards if not card.locked},
    }
    return data, tuple(outages.numbers)


def _span(name: str, limits: Limits) -> tuple[float, ...]:
    span = getattr(limits, name)
    return _value(name, span.low), _value(name, span.high), _value(name, span.default)


@lru_cache(maxsize=20_000)
def _value(name: str, amount: int) -> float:
    value = float(number(name, amount))
    return int(value) if value.is_integer() else value
