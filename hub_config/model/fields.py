"""The types YAML values are parsed into: names, memory, walltime, paths, each with its cure.

Each type carries its JSON Schema, so that an editor says what the loader would say.
"""

import re
from collections.abc import Callable, Hashable
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from hub_config.model import request, units

_T = TypeVar("_T", bound=Hashable)

LONGEST_NAME, MOST_NAMES = 200, 50
"""Characters of a name in ``FewNames``, and how many of them."""


class Strict(BaseModel):
    """Unknown keys are refused, nothing changes after loading, ``"4"`` is not 4."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,  # a traceback in a log must not show a password
    )


def _amount(parse: Callable[[str], int], *suffixes: str) -> BeforeValidator:
    def read(value: Any) -> int:
        if isinstance(value, str):
            return parse(value)
        if type(value) in (int, float) and 0 < value < float("inf"):
            cures = " or ".join(f"{value}{suffix}" for suffix in suffixes)
            raise ValueError(f'"{value}" has no unit — write {cures}')
        seen = "empty" if value is None else "no amount"
        raise ValueError(f"is {seen} — write a number with its unit, for example 8{suffixes[-1]}")

    return BeforeValidator(read)


def _within(name: str, shown: Callable[[int], str] = str) -> AfterValidator:
    """Refuse at once what ``JobRequest`` would refuse later, under the same name there."""
    low, high = request.WHOLE[name]

    def check(value: int) -> int:
        if value < low:
            raise ValueError(f"{shown(value)} is too little — write at least {shown(low)}")
        if value > high:
            raise ValueError(f"{shown(value)} is too much — write at most {shown(high)}")
        return value

    return AfterValidator(check)


def text_like(grammar: re.Pattern[str], cure: str, *examples: str) -> Any:
    """Return what makes a ``str`` a text that matches *grammar* from end to end."""

    def check(value: str) -> str:
        if not grammar.fullmatch(value):
            raise ValueError(f'"{value[:40]}" cannot be used here — {cure}')
        return value

    schema = {"type": "string", "pattern": f"^(?:{grammar.pattern})$"}
    if examples:
        schema["examples"] = list(examples)  # type: ignore[assignment]
    return AfterValidator(check), WithJsonSchema(schema)


def _one_line(value: str) -> str:
    if "\n" in value or not value.strip():
        raise ValueError("is empty or has several lines — write one line of text")
    return value


def _no_twins(values: tuple[_T, ...]) -> tuple[_T, ...]:
    seen: set[_T] = set()
    for value in values:
        if value in seen:
            raise ValueError(f'"{value}" stands twice — keep one of them')
        seen.add(value)
    return values


def at_most(high: int, shown: Callable[[int], str]) -> AfterValidator:
    """Refuse an amount above *high*, which people are *shown*."""

    def check(value: int) -> int:
        if value > high:
            raise ValueError(f"{shown(value)} is too much — write at most {shown(high)}")
        return value

    return AfterValidator(check)


def _short(value: str) -> str:
    if len(value) > LONGEST_NAME:
        raise ValueError(f"has {len(value)} characters — write at most {LONGEST_NAME}")
    return value


def _few(values: tuple[_T, ...]) -> tuple[_T, ...]:
    if len(values) > MOST_NAMES:
        raise ValueError(f"has {len(values)} entries — write at most {MOST_NAMES}")
    return values


_PART = r"([0-9]{1,6}(\.[0-9]{1,6})?%s)?"

Memory = Annotated[
    int,
    _amount(units.parse_memory, "M", "G"),
    _within("memory", units.format_memory),
    PlainSerializer(units.format_memory, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{1,12}(\.[0-9]{1,6})? ?[KMGTkmgt]([iI]?[bB])?$",
            "examples": ["2560M", "2.5G", "120 GB"],
        }
    ),
]
"""MiB."""

Walltime = Annotated[
    int,
    _amount(units.parse_walltime, "h", "m"),
    PlainSerializer(units.format_walltime, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": (
                r"^(([0-9]{1,5}-)?[0-9]{1,5}:[0-5][0-9]:[0-5][0-9]"
                r"|(?=.)" + "".join(_PART % unit for unit in ("d", "h", "m(in)?", "s")) + ")$"
            ),
            "examples": ["8h", "30m", "1d12h", "1:00:00", "7-00:00:00"],
        }
    ),
]
"""Seconds."""

JobWalltime = Annotated[Walltime, _within("walltime", units.format_walltime)]
StartTimeout = Annotated[Walltime, _within("start_timeout", units.format_walltime)]
HttpTimeout = Annotated[Walltime, _within("http_timeout", units.format_walltime)]

Cores = Annotated[int, Field(ge=request.WHOLE["cores"][0], le=request.WHOLE["cores"][1])]
Gpus = Annotated[int, Field(ge=request.WHOLE["gpus"][0], le=request.WHOLE["gpus"][1])]

Name = Annotated[
    str,
    *text_like(request.NAME, "write letters, digits and _ . + -, starting with a letter or digit"),
]
Constraint = Annotated[
    str,
    *text_like(request.CONSTRAINT, "write node features such as 256G or a&b", "256G", "a100|v100"),
]
FileName = Annotated[
    str, *text_like(request.FILE_NAME, "write a file name without folders, at most 64 characters")
]
ScriptPath = Annotated[
    str, *text_like(request.SCRIPT_PATH, "write a path that starts with ~/ or /", "~/.jupyterlabrc")
]
Mail = Annotated[str, *text_like(request.MAIL, "write one address", "some.body@example.org")]
UrlPath = Annotated[
    str, *text_like(request.URL_PATH, "write a path that starts with /, as /lab", "/lab", "/tree")
]
UserName = Annotated[str, *text_like(request.USER_NAME, "write a Unix user name in small letters")]
VariableName = Annotated[
    str,
    *text_like(
        re.compile(rf"(?!(?:{request.RESERVED_VARIABLE.pattern})$){request.VARIABLE.pattern}"),
        "write letters, digits and _; PATH, HOME, PYTHON…, LD_… and the hub's own stay as they are",
    ),
]
VariableValue = Annotated[
    str, *text_like(request.PRINTABLE, "write printable ASCII, at most 4096 characters")
]
Line = Annotated[
    str, AfterValidator(_one_line), Field(json_schema_extra={"pattern": r"^[^\n]*\S[^\n]*$"})
]
"""One line of text for people; any letters, shown as text and never as HTML."""

_NAMED = Annotated[
    str,
    AfterValidator(_one_line),
    AfterValidator(_short),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_NAME, "pattern": r"^[^\n]*\S[^\n]*$"}),
]

Unique = Annotated[
    tuple[_T, ...], AfterValidator(_no_twins), Field(json_schema_extra={"uniqueItems": True})
]
"""A list in which nothing stands twice."""

FewNames = Annotated[
    tuple[_NAMED, ...],
    AfterValidator(_few),
    AfterValidator(_no_twins),
    Field(json_schema_extra={"uniqueItems": True, "maxItems": MOST_NAMES}),
]
"""Groups or partitions that many people may write down: neither many nor long."""
