"""The form as a whole: one or two panes, the table of limits, and what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub_config.form.answers import shown
from hub_config.form.amounts import bounds, number
from hub_config.form.fields import AMOUNTS, Field, Maker, Pane
from hub_config.form.words import words
from hub_config.model.offer import Limits, Offer, PresetOffer
from hub_config.model.profiles import Preset
from hub_config.model.resolve import ADVANCED

_FILLS = ("partition", "gpu_type", "constraint", "application", "account", "qos", "reservation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A preset to pick. ``values`` are what it writes into the advanced fields."""

    value: str
    title: str
    description: str
    facts: tuple[str, ...]
    internet: bool | None
    locked: str
    selected: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """A line of the table of limits."""

    title: str
    amounts: tuple[str, ...]
    features: str
    internet: bool | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that went wrong; ``target`` is the id of its control, if there is one."""

    text: str
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """All the templates need. A pane that does not exist is empty."""

    user: str
    server_name: str
    active: Pane
    cards: tuple[Card, ...]
    cards_error: str
    preset_fields: tuple[Field, ...]
    advanced_fields: tuple[Field, ...]
    rows: tuple[PartitionRow, ...]
    limits: Mapping[str, Any]
    message: str
    troubles: tuple[Trouble, ...]

    @property
    def startable(self) -> bool:
        """Whether at least one preset can be taken."""
        return any(not card.locked for card in self.cards)


def view(
    offer: Offer,
    *,
    server_name: str,
    answers: object,
    errors: Mapping[str, str],
    message: str = "",
    user: str,
) -> FormView:
    """Return the form that shows *offer* to *user*, with the values of *answers* kept.

    *answers* is any JSON (posted, from a URL, from the database). *errors* maps a field to a
    sentence and belongs to the pane the answers came from; *message* is about no field.
    """
    kept = shown(answers)
    active = _active(offer, server_name, kept)
    presets = _preset_maker(offer, kept, errors if active == "preset" else {})
    cards = _cards(offer, kept)
    preset_fields = presets.fields(offer.preset_fields) if cards else ()
    advanced_fields = _advanced_fields(offer, kept, errors if active == ADVANCED else {})
    return FormView(
        user=user,
        server_name=server_name,
        active=active,
        cards=cards,
        cards_error=presets.errors.get("profile", ""),
        preset_fields=preset_fields,
        advanced_fields=advanced_fields,
        rows=tuple(_row(limits) for limits in offer.partitions.values()),
        limits={name: _limits(limits) for name, limits in offer.partitions.items()},
        message=message,
        troubles=_troubles(errors, preset_fields if active == "preset" else advanced_fields, active),
    )


def _active(offer: Offer, server_name: str, answers: Mapping[str, str]) -> Pane:
    """Return the pane of the answers' profile, else of their fields, else of the server."""
    profile = answers.get("profile", "")
    if not _has_advanced(offer):
        return "preset"
    if not offer.presets or profile == ADVANCED:
        return "advanced"
    if profile in offer.presets:
        return "preset"
    only_advanced = set(offer.fields) - set(offer.preset_fields)
    return "advanced" if server_name == ADVANCED or only_advanced & set(answers) else "preset"


def _has_advanced(offer: Offer) -> bool:
    return offer.advanced and bool(offer.partitions)


def _preset_maker(offer: Offer, answers: Mapping[str, str], errors: Mapping[str, str]) -> Maker:
    given = {n for shown in offer.presets.values() for n in _FILLS if getattr(shown.preset, n)}
    return Maker(
        offer=offer,
        pane="preset",
        answers=answers,
        errors=errors,
        required=offer.preset_required,
        given=frozenset(given),
    )


def _advanced_fields(
    offer: Offer, answers: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[Field, ...]:
    if not _has_advanced(offer):
        return ()
    first = next(iter(offer.partitions.values()))
    maker = Maker(
        offer=offer,
        pane="advanced",
        answers=answers,
        errors=errors,
        required=(*offer.required, "partition"),
        limits=offer.partitions.get(answers.get("partition", ""), first),
        defaults={"log_name": offer.log_name},
    )
    return maker.fields(offer.fields)


def _cards(offer: Offer, answers: Mapping[str, str]) -> tuple[Card, ...]:
    open_ones = [name for name, shown in offer.presets.items() if not shown.locked]
    asked = answers.get("profile", "")
    chosen = asked if asked in open_ones else next(iter(open_ones), "")
    return tuple(_card(shown, chosen, offer.partitions) for shown in offer.presets.values())


def _card(shown: PresetOffer, chosen: str, partitions: Mapping[str, Limits]) -> Card:
    preset = shown.preset
    limits = partitions.get(preset.partition)
    internet = preset.internet if preset.internet is not None else limits and limits.internet
    amounts = {name: number(name, getattr(preset, name)) for name in AMOUNTS}
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


def _row(limits: Limits) -> PartitionRow:
    spans = {name: getattr(limits, name) for name in AMOUNTS}
    amounts = (bounds(name, span.low, span.high)[1:-1] for name, span in spans.items())
    features = ", ".join((*limits.constraints, *limits.gpu_types))
    return PartitionRow(limits.title, tuple(amounts), features, limits.internet)


def _limits(limits: Limits) -> dict[str, Any]:
    """Return what berth.js needs of a partition, as texts for its inputs."""
    spans = {name: getattr(limits, name) for name in AMOUNTS}
    return {
        **{
            name: {
                "min": number(name, span.low),
                "max": number(name, span.high),
                "default": number(name, span.default),
                "range": bounds(name, span.low, span.high),
            }
            for name, span in spans.items()
        },
        "gpu_type": limits.gpu_types,
        "constraint": limits.constraints,
    }


def _troubles(
    errors: Mapping[str, str], fields: tuple[Field, ...], active: Pane
) -> tuple[Trouble, ...]:
    targets = {field.name: field.id for field in fields}
    if active == "preset":
        targets["profile"] = "preset-profile"
    return tuple(
        Trouble(f"{words(name).short}: {text}", targets.get(name, ""))
        for name, text in errors.items()
    )
