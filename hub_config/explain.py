"""pydantic's findings as Problems: a place in the file, what was seen, the likely cure."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from hub_config.model.site import is_secret
from hub_config.model.space import suggest
from hub_config.yaml12 import Document, Path_, Problem, show

_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "string": "a text",
    "tuple": "a list",
    "dict": "keys with values",
    "model": "keys with values",
    "model_attributes": "keys with values",
}
_BOUNDS = {  # what pydantic calls it, the key of the bound in its context, the cure
    "greater_than_equal": ("ge", "write {} or more"),
    "less_than_equal": ("le", "write {} or less"),
    "string_too_long": ("max_length", "write at most {} characters"),
    "too_short": ("min_length", "write at least {} of them"),
    "too_long": ("max_length", "write at most {} of them"),
}


def explain(error: ValidationError, document: Document, model: type[BaseModel]) -> list[Problem]:
    """Return every finding of *error* with its position in *document*, in file order.

    A missing key is not mentioned where a misspelt one was found that is meant to be it.
    """
    findings = error.errors(include_url=False)
    found = [_one(finding, document, model) for finding in findings]
    meant = {(problem.path, problem.message.rpartition("— ")[2]) for problem in found}
    told = [p for p in dict.fromkeys(found) if (p.path, _meant(p.message)) not in meant]
    return sorted(told, key=lambda problem: (problem.line, problem.column))


def _meant(message: str) -> str:
    key = message.removeprefix('key "').removesuffix('" is missing — add it')
    return f'did you mean "{key}"?' if key != message else ""


def _one(finding: Any, document: Document, model: type[BaseModel]) -> Problem:
    path, holders = _walk(finding["loc"], model)
    kind = finding["type"]
    place, where = document.place(path), path
    if kind == "extra_forbidden":
        place, where = document.place(path, key=True), path[:-1]
        what = _unknown_key(str(path[-1]), holders)
    elif kind == "missing":
        where, what = path[:-1], f'key "{path[-1]}" is missing — add it'
    elif kind == "union_tag_invalid":
        place, what = document.place((*path, "method")), _message(finding, path)
    elif finding["loc"][-1:] == ("[key]",):
        place, what = document.place(path, key=True), _message(finding, path)
    else:
        what = _message(finding, path)
    return Problem(document.file, *place, show(where, document.value), what)


def _walk(loc: Path_, model: type[BaseModel]) -> tuple[Path_, list[type[BaseModel]]]:
    """Return the path in the file, and the models that may hold its last part.

    pydantic's ``loc`` has more than the path: "[key]" after a key that is wrong itself, and
    after a union the tag of the member, "pam" in ("auth", "pam", "socket").
    """
    path: list[str | int] = []
    kinds: list[Any] = [model]
    holders: list[type[BaseModel]] = []
    for part in loc:
        if len(kinds) > 1 and (tagged := [kind for kind in kinds if part in _tags(kind)]):
            kinds = tagged
        elif part != "[key]":
            path.append(part)
            holders = [kind for kind in kinds if _is_model(kind)]
            kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return tuple(path), holders


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _tags(kind: Any) -> tuple[Any, ...]:
    """Return the words that choose *kind* in a union: the values of its ``method``."""
    field = kind.model_fields.get("method") if _is_model(kind) else None
    return get_args(field.annotation) if field else ()


def _inside(kind: Any, part: str | int) -> Iterator[Any]:
    """Yield what may stand at *part* of *kind*, unions taken apart."""
    if _is_model(kind):
        field: FieldInfo | None = kind.model_fields.get(str(part))
        yield from _members(field.annotation) if field else ()
    elif get_origin(kind) in (dict, tuple):
        yield from _members([a for a in get_args(kind) if a is not Ellipsis][-1])


def _members(kind: Any) -> Iterator[Any]:
    if get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            yield from _members(member)
    elif hasattr(kind, "__metadata__"):
        yield from _members(kind.__origin__)
    else:
        yield kind


def _message(finding: Any, path: Path_) -> str:
    kind, seen, context = finding["type"], finding.get("input"), finding.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        known = [word.strip("' ") for word in context["expected"].replace(" or ", ", ").split(",")]
        return f"{_seen(seen, path)} is not known here — {suggest(str(seen), known)}"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = context.get("tag")
        what = f'method "{str(tag)[:40]}" is unknown' if tag else 'key "method" is missing'
        return f"{what} — write method: dictionary, pam or ldap"
    if kind in _BOUNDS:
        bound, cure = _BOUNDS[kind]
        return f"is {_seen(seen, path)} — {cure.format(context[bound])}"
    if kind == "string_type" and type(seen) in (int, float, bool):
        return f"is {_seen(seen, path)} — put it in quotes if it is meant as a text"
    if kind == "int_type" and isinstance(seen, str) and seen.isdecimal():
        return f"is the text {_seen(seen, path)} — write it without quotes"
    wanted = _KINDS.get(kind.removesuffix("_type"))
    return f"is {_seen(seen, path)} — {f'write {wanted}' if wanted else finding['msg']}"


def _unknown_key(key: str, holders: list[type[BaseModel]]) -> str:
    known = sorted({name for model in holders for name in model.model_fields})
    alike = "" if key.isascii() else " (some of its letters only look like Latin ones)"
    return f'unknown key "{key[:60]}"{alike} — {suggest(key, known)}'


def _seen(value: Any, path: Path_) -> str:
    if is_secret(path):
        return "something else"
    if value is None or value in ("", (), {}):
        return "empty"
    if isinstance(value, dict):
        return "a set of keys"
    if isinstance(value, tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
