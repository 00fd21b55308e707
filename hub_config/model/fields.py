"""The types YAML values are parsed into: names, memory, walltime, paths, each with its cure."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from hub_config.model import request, units


class Strict(BaseModel):
    """Unknown keys are refused, nothing changes after loading, ``"4"`` is not 4."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _memory(value: Any) -> int:
    return units.parse_memory(_text(value, "M", "G"))


def _walltime(value: Any) -> int:
    return units.parse_walltime(_text(value, "h", "m"))


def _text(value: Any, *suffixes: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        cures = " or ".join(f"{value}{suffix}" for suffix in suffixes)
        raise ValueError(f'"{value}" has no unit — write {cures}')
    raise ValueError(f"is not an amount — write a number with its unit, for example 8{suffixes[0]}")


def _matching(pattern: re.Pattern[str], cure: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{value[:40]!r} cannot be used here — {cure}")
        return value

    return AfterValidator(check)


Memory = Annotated[
    int,
    BeforeValidator(_memory),
    WithJsonSchema({"type": "string", "description": "with its unit: 2560M, 2.5G"}),
]
"""MiB."""

Walltime = Annotated[
    int,
    BeforeValidator(_walltime),
    WithJsonSchema({"type": "string", "description": "with its unit: 8h, 30m, 1-00:00:00"}),
]
"""Seconds."""

Name = Annotated[
    str, _matching(request.NAME, "write letters, digits and _ . + -, starting with a letter or digit")
]
Constraint = Annotated[str, _matching(request.CONSTRAINT, "write node features such as 256G or a&b")]
FileName = Annotated[
    str, _matching(request.FILE_NAME, "write a file name without folders, at most 64 characters")
]
ScriptPath = Annotated[str, _matching(request.SCRIPT_PATH, "write a path that starts with ~/ or /")]
UrlPath = Annotated[str, _matching(request.URL_PATH, "write a path that starts with /, as /lab")]
UserName = Annotated[
    str,
    _matching(re.compile(r"[a-z_][a-z0-9_-]{0,31}"), "write a Unix user name in small letters"),
]
