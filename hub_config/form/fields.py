"""The fields of one pane: control, choices, range, kept value and error of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from hub_config.form.amounts import bounds, number
from hub_config.form.words import Words, words_of
from hub_config.model.offer import Limits, Offer, Span
from hub_config.said import said

Pane = Literal["preset", "advanced"]
PANES: tuple[Pane, ...] = ("preset", "advanced")
Known = tuple[tuple[str, str], ...]
"""Values to choose from, each with its label."""

AMOUNTS = ("cores", "memory", "walltime", "gpus")
_WHOLE = ("cores", "gpus")
_GPU = ("gpus", "gpu_type")
_NONE_YET = {"account": said("You have no account yet"), "qos": said("You have no QOS yet")}
_ALWAYS = ("partition", "application")
"""A server always has one, whether or not the admin calls the field required."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a select."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One control as the template draws it: plain texts, nothing left to decide."""

    name: str
    id: str
    label: str
    help: str
    control: Literal["select", "number", "text"]
    value: str = ""
    choices: tuple[Choice, ...] = ()
    range: str = ""
    minimum: str = ""
    maximum: str = ""
    step: str = ""
    required: bool = False
    fixed: bool = False
    gpu: Literal["", "used", "unused"] = ""
    error: str = ""

    @property
    def described_by(self) -> str:
        """The ids of what explains this control; empty if nothing does."""
        parts = (("error", self.error), ("help", self.help))
        return " ".join(f"{self.id}-{part}" for part, text in parts if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the fields of one pane.

    ``given`` are fields that some preset fills by itself, ``limits`` those of the chosen
    partition (the preset pane has none), ``defaults`` what stands in a text nobody changed.
    """

    offer: Offer
    pane: Pane
    answers: Mapping[str, str]
    errors: Mapping[str, str]
    required: tuple[str, ...]
    given: frozenset[str] = frozenset()
    limits: Limits | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)

    def fields(self, names: Iterable[str]) -> tuple[Field, ...]:
        """Return the fields in the admin's order, without GPUs where no partition has any."""
        gpus = any(limits.gpus.high for limits in self.offer.partitions.values())
        return tuple(self._field(name) for name in names if gpus or name not in _GPU)

    def _field(self, name: str) -> Field:
        if name in AMOUNTS and self.limits:
            return self._number(name, getattr(self.limits, name))
        known = _known(self.offer, name)
        if known is None:
            text = self.answers.get(name) or self.defaults.get(name, "")
            return replace(self._base(name, "text"), value=text)
        return replace(self._base(name, "select"), choices=self._choices(name, known))

    def _base(self, name: str, control: Literal["select", "number", "text"]) -> Field:
        gpu: Literal["", "used", "unused"] = ""
        if name in _GPU and self.limits:
            gpu = "used" if self.limits.gpus.high else "unused"
        return Field(
            name=name,
            id=f"{self.pane}-{name}",
            label=self._words(name).label,
            help=self._words(name).help,
            control=control,
            required=self._must(name),
            gpu=gpu,
            error=self.errors.get(name, ""),
        )

    def _number(self, name: str, span: Span) -> Field:
        # Without JavaScript the browser's own check cannot follow the partition, so it spans
        # all of them; the label has the range of the chosen one, the table those of all.
        spans = [getattr(limits, name) for limits in self.offer.partitions.values()]
        low, high = min(s.low for s in spans), max(s.high for s in spans)
        return replace(
            self._base(name, "number"),
            value=self.answers.get(name) or number(name, span.default),
            range=bounds(name, span.low, span.high),
            minimum=number(name, low),
            maximum=number(name, high),
            step="1" if name in _WHOLE else "any",
            fixed=low == high,
        )

    def _choices(self, name: str, known: Known) -> tuple[Choice, ...]:
        answer = self.answers.get(name, "")
        always = self._must(name) or (name in _ALWAYS and name not in self.given)
        empty = () if known and always else (("", self._empty(name, known)),)
        return tuple(Choice(value, label, value == answer) for value, label in (*empty, *known))

    def _empty(self, name: str, known: Known) -> str:
        if name in self.given:
            return said("As the profile says")
        if self._must(name) and not known:
            return _NONE_YET.get(name) or said("There is none yet")
        return self._words(name).empty

    def _words(self, name: str) -> Words:
        return words_of(name, grid_engine=self.offer.grid_engine)

    def _must(self, name: str) -> bool:
        return name in self.required and name not in self.given


def _known(offer: Offer, name: str) -> Known | None:
    """Return the choices of a field, or None where the user has to type."""
    match name:
        case "partition":
            return tuple((key, _title(limits)) for key, limits in offer.partitions.items())
        case "application":
            return tuple(
                (key, application.title) for key, application in offer.applications.items()
            )
        case "parallel_environment":
            return _union(limits.parallel_environments for limits in offer.partitions.values())
        case "constraint":
            return _union(limits.constraints for limits in offer.partitions.values())
        case "gpu_type":
            return _union(limits.gpu_types for limits in offer.partitions.values())
        case "account":
            return _accounts(offer)
        case "qos":
            return _pairs(offer.qos)
        case "reservation":
            return _pairs(offer.reservations)
        case _:
            return None


def _title(limits: Limits) -> str:
    return said("{title} – with internet", title=limits.title) if limits.internet else limits.title


def _pairs(values: Iterable[str] | None) -> Known | None:
    return None if values is None else tuple((value, value) for value in values)


def _accounts(offer: Offer) -> Known | None:
    if offer.accounts is None:
        return None
    return tuple((name, _account(name, offer)) for name in offer.accounts)


def _account(name: str, offer: Offer) -> str:
    """Return the name, and that nothing is left of it in any partition."""
    projects = [one for one in offer.projects if one.account == name]
    if projects and all(one.exhausted for one in projects):
        return said("{name} – budget used up", name=name)
    return name


def _union(lists: Iterable[tuple[str, ...]]) -> Known:
    return tuple(dict.fromkeys((value, value) for values in lists for value in values))
