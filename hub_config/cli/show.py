"""``berth show SITE``: every setting in effect, and where it was written."""

import argparse
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from hub_config.cli.sites import Loaded, Outcome, with_site
from hub_config.model.site import is_secret
from hub_config.yaml12 import Document, Path_, show

_MASK = "********"
_URL_PASSWORD = re.compile(r"(?<=://)([^/@:]*):.*@")
_QUERY_PASSWORD = re.compile(r"([?&][^=&]*(?:pass|pwd|secret|key)[^=&]*=)[^&]*", re.IGNORECASE)

_Leaf = tuple[Path_, Any]


def run(args: argparse.Namespace) -> Outcome:
    """Return the settings as a table, or as JSON that holds the unset ones as well."""
    return with_site(args.site, _as_json if args.json else _as_text)


def _as_json(loaded: Loaded) -> Outcome:
    rows = {path: {"value": value, "origin": origin} for path, value, origin in _rows(loaded)}
    return 0, [json.dumps(rows, indent=2, ensure_ascii=False)]


def _as_text(loaded: Loaded) -> Outcome:
    rows = [
        (path, _text(value), origin)
        for path, value, origin in _rows(loaded)
        if not (origin == "default" and value in (None, "", [], {}))
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return 0, [f"{p:{widths[0]}}  {v:{min(widths[1], 60)}}  {o}" for p, v, o in rows]


def _rows(loaded: Loaded) -> Iterator[tuple[str, Any, str]]:
    """Yield path, value and origin of every setting, secrets masked."""

    def in_site(path: Path_) -> tuple[Document, Path_]:
        return loaded.site_file, path

    yield from _of(loaded.site.model_dump(mode="json"), in_site)
    yield from _of(loaded.profiles.model_dump(mode="json"), loaded.sources.origin)


def _of(
    values: Any, origin: Callable[[Path_], tuple[Document, Path_]]
) -> Iterator[tuple[str, Any, str]]:
    rooted = _tuples(values)
    for path, value in _leaves(values, ()):
        document, there = origin(path)
        place = document.values.get(there)
        written = f"{document.file}:{place[0]}" if place else "default"
        yield show(path, rooted), _masked(path, value), written


def _leaves(value: Any, path: Path_) -> Iterator[_Leaf]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _masked(path: Path_, value: Any) -> Any:
    if not is_secret(path) or not isinstance(value, str):
        return value
    if path[0] == "auth":
        return _MASK
    return _QUERY_PASSWORD.sub(rf"\1{_MASK}", _URL_PASSWORD.sub(rf"\1:{_MASK}@", value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    return ", ".join(value) if isinstance(value, list) and value else json.dumps(value)


def _tuples(value: Any) -> Any:
    """Return *value* with tuples for lists, as ``yaml12.show`` knows them."""
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
