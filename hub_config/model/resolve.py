"""The judge: answers from anywhere + an Offer -> JobRequest, or every field that is wrong.

Answers come from the form, from a URL, from the REST API or from the database, so nothing
is assumed of them. This is the only place that turns them into a request.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from hub_config.model.offer import Limits, Offer, Span
from hub_config.model.profiles import Preset
from hub_config.model.request import InvalidField, JobRequest
from hub_config.model.units import (
    format_memory,
    format_walltime,
    parse_memory,
    parse_walltime,
)

ADVANCED = "advanced"
_WHOLE = re.compile(r"[0-9]{1,7}")


class BadAnswers(ValueError):
    """What is wrong, field by field: ``errors`` maps a field to one sentence for the user."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.errors.items()))


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the site settles: seconds, and the user script when none is named."""

    start_timeout: int
    http_timeout: int
    user_script: str = ""


def resolve(offer: Offer, answers: object, defaults: Defaults) -> JobRequest:
    """Return the request these answers make under *offer*. Raises BadAnswers, nothing else."""
    if not isinstance(answers, Mapping):
        raise BadAnswers({"profile": "The options must be an object with fields."})
    reader = _Reader(offer, answers)
    profile = reader.profile()
    if profile == ADVANCED:
        values = _advanced(reader)
    else:
        values = _preset(reader, offer.presets[profile].preset)
    for name, value in (
        ("start_timeout", defaults.start_timeout),
        ("http_timeout", defaults.http_timeout),
        ("user_script", defaults.user_script),
    ):
        values[name] = values.get(name) or value
    reader.raise_if_wrong()
    try:
        return JobRequest(profile=profile, **values)
    except InvalidField as error:
        raise BadAnswers({error.field: str(error).partition(": ")[2].capitalize() + "."}) from error


def _preset(reader: "_Reader", preset: Preset) -> dict[str, Any]:
    offer = reader.offer
    reader.refuse_others(offer.preset_fields, f"is settled by the preset {preset.id}")
    chosen = reader.choices(offer.preset_fields, offer.preset_required, preset)
    name = chosen.pop("application") or preset.application
    return {
        "partition": preset.partition,
        "cores": preset.cores,
        "memory": preset.memory,
        "walltime": preset.walltime,
        "gpus": preset.gpus,
        "gpu_type": preset.gpu_type or "",
        "constraint": preset.constraint or "",
        "environment": tuple(sorted(preset.environment.items())),
        "start_timeout": preset.start_timeout,
        "http_timeout": preset.http_timeout,
        "application": name,
        "url": offer.applications[name].url,
        **chosen,
    }


def _advanced(reader: "_Reader") -> dict[str, Any]:
    offer = reader.offer
    reader.refuse_others(offer.fields, "is not open to choice here")
    limits = reader.partition()
    chosen = reader.choices(offer.fields, offer.required, None)
    name = chosen.pop("application") or next(iter(offer.applications))
    chosen["log_name"] = chosen["log_name"] or offer.log_name
    return {
        "partition": reader.text("partition"),
        "cores": reader.amount("cores", limits.cores, _whole, str),
        "memory": reader.amount("memory", limits.memory, parse_memory, format_memory),
        "walltime": reader.amount("walltime", limits.walltime, parse_walltime, format_walltime),
        **reader.gpus(limits),
        "constraint": reader.one_of("constraint", limits.constraints),
        "application": name,
        "url": offer.applications[name].url,
        **chosen,
    }


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("write a whole number")
    return int(text)


@dataclass(slots=True)
class _Reader:
    """Reads one answer after the other and collects what is wrong with each."""

    offer: Offer
    answers: Mapping[Any, Any]
    errors: dict[str, str] = field(default_factory=dict)

    def raise_if_wrong(self) -> None:
        if self.errors:
            raise BadAnswers(self.errors)

    def text(self, name: str) -> str:
        value = self.answers.get(name, "")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or len(value) > 300:
            self.errors[name] = "Write a short text."
            return ""
        return value.strip(" ")

    def profile(self) -> str:
        name = self.text("profile")
        presets = self.offer.presets
        if name == ADVANCED and self.offer.advanced:
            return name
        if name in presets and not presets[name].locked:
            return name
        if name in presets:
            raise BadAnswers({"profile": f"This profile {presets[name].locked}."})
        known = [key for key, shown in presets.items() if not shown.locked]
        raise BadAnswers({"profile": _no_such("profile", name, known)})

    def refuse_others(self, fields: tuple[str, ...], why: str) -> None:
        for key in self.answers:
            if key != "profile" and key not in fields:
                name = str(key)[:64]
                self.errors[name] = f"{_printable(name)} {why}."

    def partition(self) -> Limits:
        name, known = self.text("partition"), self.offer.partitions
        if not name and known and "partition" not in self.errors:
            name = next(iter(known)) if len(known) == 1 else ""
        if name not in known:
            self.errors.setdefault("partition", _no_such("partition", name, list(known)))
            raise BadAnswers(self.errors)
        return known[name]

    def amount(
        self, name: str, span: Span, parse: Callable[[str], int], shown: Callable[[int], str]
    ) -> int:
        text = self.text(name)
        if not text:
            return span.default
        try:
            value = parse(text)
        except ValueError as error:
            self.errors[name] = f"{_sentence(str(error))}"
            return span.default
        if value not in span:
            asked, low, high = shown(value), shown(span.low), shown(span.high)
            partition = self.text("partition")
            self.errors[name] = (
                f"Partition {partition} allows {low} to {high} here; you asked for {asked}."
            )
        return value

    def gpus(self, limits: Limits) -> dict[str, Any]:
        if not limits.gpus.high and self.text("gpus") not in ("", "0"):
            self.errors["gpus"] = f"Partition {self.text('partition')} has no GPUs."
            return {}
        count = self.amount("gpus", limits.gpus, _whole, str)
        gpu_type = self.one_of("gpu_type", limits.gpu_types)
        return {"gpus": count, "gpu_type": gpu_type if count else ""}

    def one_of(self, name: str, known: tuple[str, ...] | None) -> str:
        """Return the answer if it is in *known*; None: not known, the scheduler will judge."""
        text = self.text(name)
        if text and known is not None and text not in known:
            self.errors.setdefault(name, _no_such(name, text, list(known)))
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
        for name in ("account", "qos", "reservation", "application", "log_name", "user_script"):
            value = self.one_of(name, known.get(name)) if name in fields else ""
            value = value or getattr(preset, name, None) or ""
            if not value and name in required:
                self.errors.setdefault(name, _missing(name, known.get(name)))
            chosen[name] = value
        if chosen["application"] not in ("", *self.offer.applications):
            chosen["application"] = ""
        return chosen


def _missing(name: str, known: tuple[str, ...] | None) -> str:
    if known == ():
        return f"You have no {name} on this system yet: ask for one, then reload this page."
    return f"Choose the {name}: it is needed."


def _no_such(kind: str, seen: str, known: list[str]) -> str:
    if not seen:
        return f"Choose the {kind}."
    close = get_close_matches(seen, known, n=1)
    hint = f' — did you mean "{close[0]}"?' if close else "."
    return f'There is no {kind} "{_printable(seen)}" for you{hint}'


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:64])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
