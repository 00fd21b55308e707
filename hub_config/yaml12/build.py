"""The parser's events into values. A hostile document is left as soon as it is too much."""

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from hub_config.yaml12.document import CONTROL, Document, Path_, Position, show
from hub_config.yaml12.syntax import syntax

MAX_NODES = 20_000
MAX_DEPTH = 20
MAX_DIGITS = 18

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_PADDED = re.compile(r"[-+]?0[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Builder:
    """Turns the parser's events into ``document.value`` and notes every place."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.events = self._events(text)
        self.position: Position = (1, 1)
        self.nodes = 0
        self.anchors: dict[str, tuple[Any, int]] = {}

    def build(self) -> None:
        """Read the first document, and see that there is no other."""
        for event in self.events:
            if isinstance(event, NodeEvent):
                self.document.value = self._node(event, (), 0)
            elif isinstance(event, DocumentStartEvent) and self.nodes:
                cure = "keep one document per file, without ---"
                raise self.document.give_up(self.position, f"a second document begins — {cure}")

    def _events(self, text: str) -> Iterator[Event]:
        try:
            for event in YAML(typ="safe", pure=True).parse(text):
                self.position = (event.start_mark.line + 1, event.start_mark.column + 1)
                yield event
        except MarkedYAMLError as error:
            raise self.document.give_up(*syntax(error)) from error
        except Exception as error:
            # ruamel lets a few malformed inputs surface as bare exceptions of its scanner.
            what = f"is not YAML from here on ({type(error).__name__})"
            cure = "check quotes, brackets and indentation"
            raise self.document.give_up(self.position, f"{what} — {cure}") from error

    def _node(self, event: Event, path: Path_, depth: int) -> Any:
        # The parser has a value that is left empty begin with the next key: show its own key.
        left_empty = isinstance(event, ScalarEvent) and not event.value and event.style is None
        self.document.values[path] = (
            self.document.keys.get(path, self.position) if left_empty else self.position
        )
        if isinstance(event, AliasEvent):
            return self._alias(str(event.anchor))
        if tag := getattr(event, "tag", None):
            what = f"has the tag {str(tag).replace('tag:yaml.org,2002:', '!!')[:60]}"
            self.document.complain(self.position, show(path), f"{what} — remove it")
        before = self.nodes
        self._count(1, depth)
        value = self._content(event, path, depth)
        if isinstance(event, NodeEvent) and event.anchor:
            self.anchors[str(event.anchor)] = (value, self.nodes - before)
        return value

    def _content(self, event: Event, path: Path_, depth: int) -> Any:
        if isinstance(event, MappingStartEvent):
            return self._mapping(path, depth)
        if isinstance(event, SequenceStartEvent):
            items = enumerate(iter(self._next, None))
            return tuple(self._node(item, (*path, i), depth + 1) for i, item in items)
        assert isinstance(event, ScalarEvent)  # noqa: S101 - the grammar leaves nothing else
        return self._scalar(event, path)

    def _next(self) -> Event | None:
        """Return the next event inside a list or mapping, None at its end."""
        event = next(self.events)
        return None if isinstance(event, CollectionEndEvent) else event

    def _mapping(self, path: Path_, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while (event := self._next()) is not None:
            position, key = self.position, self._key(event, path, depth)
            if key in result:
                what = f"stands twice, first in line {self.document.keys[*path, key][0]}"
                self.document.complain(position, show((*path, key)), f"{what} — keep one of them")
            if key is None or key in result:
                self._node(next(self.events), (*path, f"{position}"), depth + 1)
                continue
            self.document.keys[*path, key] = position
            result[key] = self._node(next(self.events), (*path, key), depth + 1)
        return result

    def _key(self, event: Event, path: Path_, depth: int) -> str | None:
        """Return the key; None, with a complaint, if it cannot be one."""
        position = self.position
        if not isinstance(event, ScalarEvent) or event.tag is not None:
            self._node(event, (*path, f"{position}"), depth + 1)
            self.document.complain(position, show(path), "has a key that is no text — write a word")
            return None
        if event.value == "<<" and event.style is None:
            what, cure = "has a merge key (<<)", "write the keys out here"
            self.document.complain(position, show(path), f"{what} — {cure}")
            return None
        return self._text(event, path)

    def _alias(self, anchor: str) -> Any:
        if anchor not in self.anchors:
            what, cure = f"*{anchor[:60]} stands for nothing above it", "write the value out"
            self.document.complain(self.position, "", f"{what} — {cure}")
            return None
        value, size = self.anchors[anchor]
        self._count(size, 0)
        return value

    def _count(self, nodes: int, depth: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            what = "is nested too deeply" if depth > MAX_DEPTH else "has too many values"
            raise self.document.give_up(self.position, f"{what} — write it out plainly")

    def _text(self, event: ScalarEvent, path: Path_) -> str:
        text = str(event.value)
        if found := CONTROL.search(text):  # written as an escape: "\0"
            what = f"has the character U+{ord(found[0]):04X}, which is no text"
            self.document.complain(self.position, show(path), f"{what} — delete it")
        return CONTROL.sub("", text)

    def _scalar(self, event: ScalarEvent, path: Path_) -> Any:
        text = self._text(event, path)
        if event.style is not None:  # in quotes, or a block
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _INT.fullmatch(text) or _BASED.fullmatch(text)
        if _PADDED.fullmatch(text) or (number and len(text) > MAX_DIGITS):
            what = f"{text[:40]} is no number that everybody reads alike"
            cure = "write it without zeros in front, or in quotes if it is a text"
            self.document.complain(self.position, show(path), f"{what} — {cure}")
            return 0
        if number:
            return int(text, 0)
        return float(text) if _FLOAT.fullmatch(text) else text
