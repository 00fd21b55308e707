"""pydantic's findings as Problems: a place in the file, what was seen, the likely cure."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from hub_config.yaml12 import Document, Path_, Problem, show

_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "string": "a text",
    "tuple": "a list",
    "list": "a list",
    "dict": "keys with values",
    "model": "keys with values",
    "float": "a number",
}


def explain(error: ValidationError, document: Document, model: type[BaseModel]) -> list[Problem]:
    """Return every finding of *error* with its position in *document*, in file order."""
    found = [_one(finding, document, model) for finding in error.errors(include_url=False)]
    return sorted(set(found), key=lambda problem: (problem.line, problem.column))


def _one(finding: Any, document: Document, model: type[BaseModel]) -> Problem:
    path = _real(tuple(finding["loc"]), document.value)
    kind = finding["type"]
    if kind == "extra_forbidden":
        place = document.place(path, key=True)
        where, what = path[:-1], _unknown_key(str(path[-1]), model, path[:-1])
    elif kind == "missing":
        place, where = document.place(path), path[:-1]
        what = f'key "{path[-1]}" is missing — add it'
    elif kind in ("union_tag_not_found", "union_tag_invalid"):
        place, where, what = document.place(path), path, _tag(finding)
    elif kind == "invalid_key":
        place, where, what = document.place(path, key=True), path, "is no usable key — write a text"
    else:
        place, where, what = document.place(path), path, _message(finding)
    return Problem(document.file, *place, show(where, document.value), what)


def _real(loc: Path_, value: Any) -> Path_:
    """Drop the parts that pydantic adds for union members and for keys ("[key]")."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(value, dict) and (part in value or last):
            value = value.get(str(part))
        elif isinstance(value, tuple) and isinstance(part, int):
            value = value[part] if part < len(value) else None
        elif not (last and value is None):
            continue
        path.append(part)
    if path and path[-1] == "[key]":
        path.pop()
    return tuple(path)


def _tag(finding: Any) -> str:
    context = finding.get("ctx", {})
    key = str(context.get("discriminator", "'method'")).strip("'")
    seen = context.get("tag")
    choices = context.get("expected_tags") or "dictionary or pam"
    start = f'key "{key}" is missing' if seen is None else f'{key} "{str(seen)[:40]}" is unknown'
    return f"{start} — write one of {choices}"


def _message(finding: Any) -> str:
    kind, seen = finding["type"], finding.get("input")
    if kind == "value_error":
        return str(finding["ctx"]["error"])
    if kind.endswith("_type"):
        wanted = _KINDS.get(kind.removesuffix("_type"), kind.removesuffix("_type"))
        return f"is {_seen(seen)} — write {wanted}"
    if kind == "literal_error":
        return _literal(finding)
    message = finding["msg"]
    return f"is {_seen(seen)} — {message[:1].lower()}{message[1:]}"


def _literal(finding: Any) -> str:
    seen = finding.get("input")
    known = [part.strip("' ") for part in finding["ctx"]["expected"].replace(" or ", ", ").split(",")]
    return f"{_seen(seen)} is not known here — {_suggest(str(seen), known)}"


def _unknown_key(key: str, model: type[BaseModel], path: Path_) -> str:
    known = sorted({name for found in _models_at(model, path) for name in found.model_fields})
    return f'unknown key "{key[:60]}" — {_suggest(key, known)}'


def _suggest(seen: str, known: list[str]) -> str:
    if close := get_close_matches(seen, known, n=1, cutoff=0.6):
        return f'did you mean "{close[0]}"?'
    return f"known here: {', '.join(known)}"


def _seen(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a set of keys"
    if isinstance(value, tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _models_at(annotation: Any, path: Path_) -> Iterator[type[BaseModel]]:
    """Yield the models that *annotation* may hold at *path*."""
    for kind in _unwrap(annotation):
        if not path:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield kind
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            if field := kind.model_fields.get(str(path[0])):
                yield from _models_at(field.annotation, path[1:])
        elif get_origin(kind) in (dict, tuple, list):
            inner = [a for a in get_args(kind) if a is not Ellipsis]
            yield from _models_at(inner[-1], path[1:])


def _unwrap(annotation: Any) -> Iterable[Any]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return [kind for arg in get_args(annotation) for kind in _unwrap(arg)]
    if hasattr(annotation, "__metadata__"):
        return _unwrap(annotation.__origin__)
    return [annotation]
