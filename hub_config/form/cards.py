"""The presets as cards to pick from, each with what it would write into the advanced fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub_config.cluster.facts import Overview
from hub_config.form.amounts import number, told
from hub_config.form.fields import AMOUNTS
from hub_config.form.hints import Hint, hint
from hub_config.model.offer import Limits, Offer, PresetOffer
from hub_config.model.profiles import Preset
from hub_config.said import said, said_n

_FILLS = (
    "partition", "gpu_type", "parallel_environment", "constraint", "application", "account", "qos",
    "reservation",
)  # fmt: skip
# Not log_name: it tells the log of a preset's server from that of an advanced one.


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One preset. ``locked`` says why it cannot be taken; ``internet`` None: not known."""

    value: str
    title: str
    description: str
    facts: tuple[str, ...]
    internet: bool | None
    locked: str
    selected: bool
    hint: Hint | None
    values: Mapping[str, str]
    """What it writes into the advanced fields, without those it leaves empty."""


def cards(offer: Offer, asked: str, overview: Overview, now: float) -> tuple[Card, ...]:
    """Return all presets in the admin's order; the one *asked* for is selected, else the first."""
    open_ones = [name for name, shown in offer.presets.items() if not shown.locked]
    chosen = asked if asked in open_ones else next(iter(open_ones), "")
    return tuple(
        _card(shown, chosen, offer.partitions, hint(shown.preset, overview, now))
        for shown in offer.presets.values()
    )


def _card(
    shown: PresetOffer, chosen: str, partitions: Mapping[str, Limits], hint: Hint | None
) -> Card:
    preset = shown.preset
    limits = partitions.get(preset.partition)
    internet = preset.internet
    if internet is None and limits:
        internet = limits.internet
    return Card(
        value=preset.id,
        title=preset.title,
        description=preset.description or "",
        facts=tuple(_facts(preset)),
        internet=internet,
        locked=shown.locked,
        selected=preset.id == chosen,
        hint=None if shown.locked else hint,
        values=dict(_values(preset)),
    )


def _values(preset: Preset) -> Iterator[tuple[str, str]]:
    for name in AMOUNTS:
        yield name, number(name, getattr(preset, name))
    for name in _FILLS:
        if value := getattr(preset, name):
            yield name, value


def _facts(preset: Preset) -> Iterator[str]:
    yield preset.partition
    yield said_n("{n} core", "{n} cores", preset.cores)
    yield said("{n} GB", n=told("memory", preset.memory))
    yield said("{n} h", n=told("walltime", preset.walltime))
    if preset.gpus:
        yield f"{preset.gpus} × {preset.gpu_type or 'GPU'}"
