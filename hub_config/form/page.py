"""The form as a whole: one or two panes, the table of limits, and what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from hub_config.form.amounts import bounds, number
from hub_config.form.answers import shown
from hub_config.form.cards import Card, cards
from hub_config.form.fields import AMOUNTS, Field, Maker, Pane
from hub_config.form.words import WORDS, words_of
from hub_config.model.offer import Limits, Offer
from hub_config.model.profiles import ADVANCED, Extra


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of limits; ``amounts`` in the order of ``fields.AMOUNTS``."""

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
    """All that the templates need. A pane that does not exist has no cards, or no fields."""

    user: str
    server_name: str
    scheduler: str
    active: Pane
    cards: tuple[Card, ...]
    cards_error: str
    preset_fields: tuple[Field, ...]
    advanced: bool
    advanced_fields: tuple[Field, ...]
    rows: tuple[Row, ...]
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

    *answers* is any JSON: posted, from a URL, from the database. *errors* maps a field to one
    sentence and belongs to the pane the answers came from; *message* is about no field.
    """
    kept = shown(answers)
    active = _active(offer, server_name, kept)
    preset_fields = _preset_fields(offer, kept, errors if active == "preset" else {})
    advanced_fields = _advanced_fields(offer, kept, errors if active == ADVANCED else {})
    cards_id = "preset-profile" if active == "preset" and offer.presets else ""
    return FormView(
        user=user,
        server_name=server_name,
        scheduler=offer.scheduler,
        active=active,
        cards=cards(offer, kept.get("profile", "")),
        cards_error=errors.get("profile", "") if cards_id else "",
        preset_fields=preset_fields,
        advanced=_has_advanced(offer),
        advanced_fields=advanced_fields,
        rows=tuple(_row(limits) for limits in offer.partitions.values()),
        limits={name: _limits(limits) for name, limits in offer.partitions.items()},
        message=message,
        troubles=_troubles(errors, cards_id, offer.grid_engine, preset_fields, advanced_fields),
    )


def _has_advanced(offer: Offer) -> bool:
    return offer.advanced and bool(offer.partitions)


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


def _preset_fields(
    offer: Offer, answers: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[Field, ...]:
    presets = [shown.preset for shown in offer.presets.values() if not shown.locked]
    maker = Maker(
        offer=offer,
        pane="preset",
        answers=answers,
        errors=errors,
        required=offer.preset_required,
        given=frozenset(n for n in get_args(Extra) if any(getattr(p, n, "") for p in presets)),
    )
    return maker.fields(offer.preset_fields if offer.presets else ())


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
        required=offer.required,
        limits=offer.partitions.get(answers.get("partition", ""), first),
        defaults={"log_name": offer.log_name},
    )
    return maker.fields(offer.fields)


def _row(limits: Limits) -> Row:
    spans = {name: getattr(limits, name) for name in AMOUNTS}
    amounts = (bounds(name, span.low, span.high)[1:-1] for name, span in spans.items())
    features = ", ".join((*limits.constraints, *limits.gpu_types))
    return Row(limits.title, tuple(amounts), features, limits.internet)


def _limits(limits: Limits) -> dict[str, Any]:
    """Return what berth.js needs of a partition, as texts for its inputs."""
    data: dict[str, Any] = {
        "gpu_type": limits.gpu_types,
        "parallel_environment": limits.parallel_environments,
        "constraint": limits.constraints,
    }
    for name in AMOUNTS:
        span = getattr(limits, name)
        data[name] = {
            "min": number(name, span.low),
            "max": number(name, span.high),
            "default": number(name, span.default),
            "range": bounds(name, span.low, span.high),
        }
    return data


def _troubles(
    errors: Mapping[str, str], cards_id: str, grid_engine: bool, *panes: tuple[Field, ...]
) -> tuple[Trouble, ...]:
    targets = {field.name: field.id for pane in panes for field in pane if field.error}
    targets["profile"] = cards_id
    return tuple(
        Trouble(_named(name, text, grid_engine), targets.get(name, ""))
        for name, text in errors.items()
    )


def _named(name: str, text: str, grid_engine: bool) -> str:
    if name not in WORDS:
        return text
    return f"{words_of(name, grid_engine=grid_engine).short}: {text}"
