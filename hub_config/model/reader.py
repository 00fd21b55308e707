"""The reader of answers: takes one after the other, and collects what is wrong with each.

Nothing is assumed of an answer; what it may be is in the Offer.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from hub_config.model.kinds import NO, THE
from hub_config.model.offer import Limits, Offer, Span
from hub_config.model.profiles import ADVANCED, Preset
from hub_config.model.request import TEXT
from hub_config.model.units import (
    format_memory,
    format_walltime,
    parse_memory,
    parse_walltime,
)
from hub_config.said import Text, said

_WHOLE = re.compile(r"[0-9]{1,7}")
_LONGEST = 300
_MOST_ERRORS = 20
_SHARED = ("account", "qos", "reservation", "application", "log_name", "user_script", "mail")


class BadAnswers(ValueError):
    """What is wrong, field by field: ``errors`` maps a field to one sentence for the user.

    All of it is printable text, whatever was answered.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.errors.items()))


@dataclass(slots=True)
class Reader:
    """One person's answers under their Offer. ``errors`` grows with every answer read."""

    offer: Offer
    answers: Mapping[Any, Any]
    errors: dict[str, str] = field(default_factory=dict)
    where: str = ""

    def raise_if_wrong(self) -> None:
        """Raise BadAnswers if anything was wrong so far."""
        if self.errors:
            raise BadAnswers(self.errors)

    def text(self, name: str) -> str:
        """Return the answer as a text, "" if there is none."""
        value = self.answers.get(name, "")
        # An int that long cannot even be printed (sys.set_int_max_str_digits).
        if type(value) is float or (type(value) is int and abs(value) < 10**18):
            value = str(value)
        if not isinstance(value, str) or len(value) > _LONGEST:
            self.errors[name] = said("Write a short text.")
            return ""
        return value.strip(" ")

    def profile(self) -> str:
        """Return the chosen profile. Raises BadAnswers: nothing can be read without it."""
        name = self.text("profile")
        presets = self.offer.presets
        if name == ADVANCED and self.offer.advanced:
            return name
        if name in presets and not presets[name].locked:
            return name
        if name in presets:
            why = said("This profile {reason}.", reason=presets[name].locked)
            raise BadAnswers({"profile": why})
        known = [key for key, shown in presets.items() if not shown.locked]
        raise BadAnswers({"profile": _no_such("profile", name, known)})

    def others(self, fields: tuple[str, ...]) -> Iterator[str]:
        """Yield the names of answers that are not among *fields*, until there are many errors."""
        for key in self.answers:
            if key != "profile" and key not in fields:
                yield _printable(key) if isinstance(key, str) and key else "options"
            if len(self.errors) >= _MOST_ERRORS:
                break

    def partition(self) -> tuple[str, Limits]:
        """Return the chosen partition, or the only one. Raises BadAnswers: no range without it."""
        name, known = self.text("partition"), self.offer.partitions
        if not name and len(known) == 1 and "partition" not in self.errors:
            name = next(iter(known))
        if name not in known:
            self.errors.setdefault("partition", _no_such("partition", name, list(known)))
            raise BadAnswers(self.errors)
        self.where = name
        return name, known[name]

    def amounts(self, limits: Limits) -> dict[str, int]:
        """Return cores, memory in MiB and walltime in seconds; what is not asked is the default."""
        return {
            "cores": self._amount("cores", limits.cores, _whole, str),
            "memory": self._amount("memory", limits.memory, parse_memory, format_memory),
            "walltime": self._amount("walltime", limits.walltime, parse_walltime, format_walltime),
        }

    def _amount(
        self, name: str, span: Span, parse: Callable[[str], int], shown: Callable[[int], str]
    ) -> int:
        text = self.text(name)
        if not text:
            return span.default
        try:
            value = parse(text)
        except ValueError as error:
            self.errors[name] = said("{problem}.", problem=error.args[0])
            return span.default
        if value not in span:
            self.errors[name] = said(
                "Partition {partition} allows {low} to {high} here; you asked for {asked}.",
                partition=self.where,
                low=shown(span.low),
                high=shown(span.high),
                asked=shown(value),
            )
        return value

    def gpus(self, limits: Limits) -> dict[str, Any]:
        """Return number and type of the GPUs."""
        if not limits.gpus.high and self.text("gpus") not in ("", "0"):
            none = said("Partition {partition} has no GPUs.", partition=self.where)
            self.errors.setdefault("gpus", none)
            return {}
        count = self._amount("gpus", limits.gpus, _whole, str)
        gpu_type = self.one_of("gpu_type", limits.gpu_types)
        return {"gpus": count, "gpu_type": gpu_type if count else ""}

    def parallel_environment(self, limits: Limits, cores: int) -> str:
        """Return what makes several cores of one: asked for, or the first where it is not open."""
        name, known = "parallel_environment", limits.parallel_environments
        if name not in self.offer.fields:
            return known[0] if known and cores > 1 else ""
        chosen = self.one_of(name, known)
        if known and cores > 1 and not chosen:
            names = ", ".join(known)
            why = said("Choose one of {names}: {cores} cores need it.", names=names, cores=cores)
            self.errors.setdefault(name, why)
        return chosen

    def one_of(self, name: str, known: tuple[str, ...] | None) -> str:
        """Return the answer if it is in *known*; None: not known, the scheduler will judge."""
        text = self.text(name)
        if text and known is not None and text not in known:
            self.errors.setdefault(name, _no_such(name, text, list(known)))
        elif text and not TEXT[name].fullmatch(text):
            self.errors.setdefault(name, _unusable(name, text))
        return text

    def choices(
        self, fields: tuple[str, ...], required: tuple[str, ...], preset: Preset | None
    ) -> dict[str, Any]:
        """Return the fields that both forms share; a preset's own value stands where not asked."""
        known = {
            "account": self.offer.accounts,
            "qos": self.offer.qos,
            "reservation": self.offer.reservations,
            "application": tuple(self.offer.applications),
        }
        chosen = {}
        for name in _SHARED:
            value = self.one_of(name, known.get(name)) if name in fields else ""
            value = value or getattr(preset, name, None) or ""
            if not value and name in required:
                self.errors.setdefault(name, _missing(name, known.get(name)))
            chosen[name] = value
        return chosen

    def require(self, names: tuple[str, ...], limits: Limits) -> None:
        """Complain of what is needed and not answered, where this partition has a choice."""
        no_choice = {"partition", *_SHARED}
        no_choice |= set() if limits.gpus.high else {"gpus", "gpu_type"}
        no_choice |= set() if limits.gpu_types else {"gpu_type"}
        no_choice |= set() if limits.constraints else {"constraint"}
        no_choice |= set() if limits.parallel_environments else {"parallel_environment"}
        for name in names:
            if name not in no_choice and not self.text(name):
                self.errors.setdefault(name, _missing(name, None))

    def application(self, name: str) -> dict[str, str]:
        """Return the application and its path."""
        if name not in self.offer.applications:
            known = list(self.offer.applications)
            self.errors.setdefault("application", _no_such("application", name, known))
            return {}
        return {"application": name, "url": self.offer.applications[name].url}


def _missing(name: str, known: tuple[str, ...] | None) -> Text:
    if known == ():
        return said(
            "You have {no_such_thing} on this system yet: ask for one, then reload this page.",
            no_such_thing=NO[name],
        )
    return said("Choose {what}: it is needed.", what=THE[name])


def _no_such(kind: str, seen: str, known: list[str]) -> Text:
    if not seen:
        return said("Choose {what}.", what=THE[kind])
    names = {"no_such_thing": NO[kind], "name": _printable(seen)}
    close = get_close_matches(seen, known, n=1)
    if not close:
        return said('There is {no_such_thing} "{name}" for you.', **names)
    return said(
        'There is {no_such_thing} "{name}" for you — did you mean "{close}"?',
        close=close[0],
        **names,
    )


def _unusable(name: str, seen: str) -> Text:
    text = _printable(seen)
    if name == "mail":
        return said('"{text}" is no email address.', text=text)
    if name == "user_script" and not seen.startswith(("/", "~/")):
        return said('"{text}" is no path that starts with ~/ or /.', text=text)
    return said('"{text}" has characters or a length that cannot be used here.', text=text)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:64])


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        seen = _printable(text)
        raise ValueError(said('"{seen}" is no whole number — write for example 4', seen=seen))
    return int(text)
