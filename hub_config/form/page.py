"""The form as a whole: one or two panes, the table of limits, and what went wrong."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from hub_config.cluster.facts import Overview
from hub_config.form.amounts import with_unit
from hub_config.form.answers import shown
from hub_config.form.cards import Card, cards
from hub_config.form.fields import PANES, Field, Maker, Pane
from hub_config.form.kept import NOTHING, Last
from hub_config.form.outages import Crossing, Outline, crossing, longest, outline, too_late
from hub_config.form.script import script
from hub_config.form.table import Table, table
from hub_config.form.words import WORDS, words_of
from hub_config.model.offer import Offer
from hub_config.model.profiles import ADVANCED, Extra
from hub_config.model.units import parse_walltime
from hub_config.said import said

UNKNOWN = Overview()


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
    table: Table
    script: Mapping[str, Any]
    outages: tuple[Outline, ...]
    """Maintenance that ``script`` names by number."""
    crossing: Crossing | None
    """Maintenance that the time in the advanced fields reaches into."""
    message: str
    troubles: tuple[Trouble, ...]
    saved: tuple[Pane, ...] = ()
    """The panes that show what was remembered."""

    @property
    def longest(self) -> str:
        """What the script says of maintenance where ``{time}`` is left before it."""
        return longest("{time}")

    @property
    def too_late(self) -> str:
        """What it says where nothing is."""
        return too_late()

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
    remembered: Mapping[str, Mapping[str, str]] = NOTHING,
    posted: bool = False,
    overview: Overview = UNKNOWN,
) -> FormView:
    """Return the form that shows *offer* to *user*, with the values of *answers* kept.

    *answers* is any JSON: *posted*, from a URL, from the database. *errors* maps a field to one
    sentence and belongs to the pane the answers came from; *message* is about no field. A pane
    that the answers say nothing of shows what is *remembered* of it, the pane used last first.
    *overview* is how full the cluster is.
    """
    now = time.time()
    kept = shown(answers)
    last = Last.of(offer, remembered)
    active = _active(offer, server_name, kept or last.used_for(server_name))
    of_preset, of_advanced = (last.shown_with(kept, pane, active, posted) for pane in PANES)
    preset_fields = _preset_fields(offer, of_preset, errors if active == "preset" else {})
    advanced_fields = _advanced_fields(offer, of_advanced, errors if active == ADVANCED else {})
    cards_id = "preset-profile" if active == "preset" and offer.presets else ""
    shown_cards = cards(offer, of_preset.get("profile", ""), overview, now)
    data, outages = script(offer.partitions, shown_cards, overview, now)
    return FormView(
        user=user,
        server_name=server_name,
        scheduler=offer.scheduler,
        active=active,
        cards=shown_cards,
        cards_error=errors.get("profile", "") if cards_id else "",
        preset_fields=preset_fields,
        advanced=_has_advanced(offer),
        advanced_fields=advanced_fields,
        table=table(offer, overview, now),
        script=data,
        outages=tuple(outline(outage, now) for outage in outages),
        crossing=_crossing(offer, of_advanced, overview, now),
        message=message,
        troubles=_troubles(errors, cards_id, offer.grid_engine, preset_fields, advanced_fields),
        saved=tuple(pane for pane in last.panes if not (kept and pane == active)),
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


def _crossing(
    offer: Offer, answers: Mapping[str, str], overview: Overview, now: float
) -> Crossing | None:
    if not _has_advanced(offer):
        return None
    name = answers.get("partition", "")
    name = name if name in offer.partitions else next(iter(offer.partitions))
    span = offer.partitions[name].walltime
    try:
        walltime = parse_walltime(with_unit("walltime", answers.get("walltime", "")))
    except ValueError:
        walltime = span.default
    return crossing(overview.partitions.get(name), walltime, span.low, now)


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
    return said("{field}: {text}", field=words_of(name, grid_engine=grid_engine).short, text=text)
