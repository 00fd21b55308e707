"""The presets as cards to pick from, each with what it would write into the advanced fields."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub_config.form.amounts import number
from hub_config.form.fields import AMOUNTS
from hub_config.model.offer import Limits, Offer, PresetOffer
from hub_config.model.profiles import Preset

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
    values: Mapping[str, str]


def cards(offer: Offer, asked: str) -> tuple[Card, ...]:
    """Return all presets in the admin's order; the one *asked* for is selected, else the first."""
    open_ones = [name for name, shown in offer.presets.items() if not shown.locked]
    chosen = asked if asked in open_ones else next(iter(open_ones), "")
    return tuple(_card(shown, chosen, offer.partitions) for shown in offer.presets.values())


def _card(shown: PresetOffer, chosen: str, partitions: Mapping[str, Limits]) -> Card:
    preset = shown.preset
    limits = partitions.get(preset.partition)
    amounts = {name: number(name, getattr(preset, name)) for name in AMOUNTS}
    internet = preset.internet
    if internet is None and limits:
        internet = limits.internet
    return Card(
        value=preset.id,
        title=preset.title,
        description=preset.description,
        facts=_facts(preset, amounts),
        internet=internet,
        locked=shown.locked,
        selected=preset.id == chosen,
        values=amounts | {name: getattr(preset, name) or "" for name in _FILLS},
    )


def _facts(preset: Preset, amounts: Mapping[str, str]) -> tuple[str, ...]:
    gpus = f"{preset.gpus} × {preset.gpu_type or 'GPU'}" if preset.gpus else ""
    cores = f"{preset.cores} core{'s' if preset.cores > 1 else ''}"
    facts = (preset.partition, cores, f"{amounts['memory']} GB", f"{amounts['walltime']} h", gpus)
    return tuple(fact for fact in facts if fact)
