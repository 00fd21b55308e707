"""The fields of one form: control, choices, range, kept value and error of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hub_config.form.amounts import bounds, number
from hub_config.form.words import words
from hub_config.model.offer import Limits, Offer, Span

Pane = Literal["preset", "advanced"]
AMOUNTS = ("cores", "memory", "walltime", "gpus")
_WHOLE = ("cores", "gpus")


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
    error: str = ""

    @property
    def described_by(self) -> str:
        """The ids of what explains this control; empty if nothing does."""
        parts = (("help", self.help), ("error", self.error))
        return " ".join(f"{self.id}-{part}" for part, text in parts if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the fields of one pane. ``given``: fields for which some preset has a value."""

    offer: Offer
    pane: Pane
    answers: Mapping[str, str]
    errors: Mapping[str, str]
    required: tuple[str, ...]
    given: frozenset[str] = frozenset()
    limits: Limits | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)

    def fields(self, names: Iterable[str]) -> tuple[Field, ...]:
        """Return the fields in the admin's order, without GPUs where nobody has any."""
        gpus = any(limits.gpus.high for limits in self.offer.partitions.values())
        return tuple(self._field(n) for n in names if gpus or n not in ("gpus", "gpu_type"))

    def _field(self, name: str) -> Field:
        if name in AMOUNTS and self.limits:
            return self._number(name, getattr(self.limits, name))
        known = self._known(name)
        return self._text(name) if known is None else self._select(name, known)

    def _number(self, name: str, span: Span) -> Field:
        # Without JavaScript the browser cannot follow the partition, so its own check spans
        # all of them; the label has the range of the chosen one, the table those of all.
        spans = [getattr(limits, name) for limits in self.offer.partitions.values()]
        low, high = min(s.low for s in spans), max(s.high for s in spans)
        return self._made(
            name, "number",
            value=self.answers.get(name) or number(name, span.default),
            range=bounds(name, span.low, span.high),
            minimum=number(name, low),
            maximum=number(name, high),
            step="1" if name in _WHOLE else "any",
            fixed=low == high,
        )  # fmt: skip

    def _text(self, name: str) -> Field:
        value = self.answers.get(name) or self.defaults.get(name, "")
        return self._made(name, "text", value=value)

    def _select(self, name: str, known: tuple[tuple[str, str], ...]) -> Field:
        answer = self.answers.get(name, "")
        empty = () if self._settled(name) and known else (("", self._empty(name, known)),)
        choices = tuple(Choice(v, label, v == answer) for v, label in (*empty, *known))
        return self._made(name, "select", choices=choices, fixed=len(choices) == 1)

    def _made(self, name: str, control: Literal["select", "number", "text"], **more: object) -> Field:
        said = words(name)
        return Field(
            name=name, id=f"{self.pane}-{name}", label=said.label, help=said.help,
            control=control, required=self._must(name), error=self.errors.get(name, ""),
            **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def _must(self, name: str) -> bool:
        return name in self.required and name not in self.given

    def _settled(self, name: str) -> bool:
        """Return whether a select has no "None": something is always chosen."""
        always = self.pane == "advanced" and name in ("partition", "application")
        return always or self._must(name)

    def _empty(self, name: str, known: tuple[tuple[str, str], ...]) -> str:
        if name in self.given or (self.pane == "preset" and name == "application"):
            return "As the profile says"
        return "None" if known or not self._must(name) else f"You have no {name} yet"

    def _known(self, name: str) -> tuple[tuple[str, str], ...] | None:
        """Return (value, label) pairs, or None where the user has to type."""
        offer = self.offer
        match name:
            case "partition":
                return tuple((key, _title(limits)) for key, limits in offer.partitions.items())
            case "application":
                return tuple((key, app.title) for key, app in offer.applications.items())
            case "constraint":
                return _union(limits.constraints for limits in offer.partitions.values())
            case "gpu_type":
                return _union(limits.gpu_types for limits in offer.partitions.values())
            case "account":
                return _pairs(offer.accounts)
            case "qos":
                return _pairs(offer.qos)
            case "reservation":
                return _pairs(offer.reservations)
        return None


def _pairs(known: Iterable[str] | None) -> tuple[tuple[str, str], ...] | None:
    return None if known is None else tuple((value, value) for value in known)


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((value, value) for values in lists for value in values))


def _title(limits: Limits) -> str:
    return f"{limits.title} – with internet" if limits.internet else limits.title
