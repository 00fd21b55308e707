"""The spawn page as a program reads it: the presets, and what pressing Start would send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_FORM, _TROUBLE, _DATA = "preset-form", "form-trouble", "form-data"


@dataclass(frozen=True, slots=True)
class Card:
    """One preset: what it is called, what it promises, and why it is locked, if it is."""

    id: str
    title: str
    values: Mapping[str, str]
    locked: bool


@dataclass(slots=True)
class SpawnForm:
    """The preset form. ``answers`` is what its other fields hold before anybody touches them."""

    action: str = ""
    cards: list[Card] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    """What the page says is wrong, as one line."""


def read_form(page: str) -> SpawnForm:
    """Return the preset form of a spawn page; without ``action`` there is none."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    found = reader.found
    found.trouble = _line(reader.trouble)
    presets = _presets(reader.data)
    found.cards = [
        Card(value, _line(reader.titles.get(name, value)), presets.get(value, {}), locked)
        for name, (value, locked) in reader.cards.items()
    ]
    return found


def _line(text: str) -> str:
    return " ".join(text.split())


def _presets(text: str) -> Mapping[str, Mapping[str, str]]:
    """Return what each preset promises, from the block of data that the page's script reads."""
    presets: Mapping[str, Mapping[str, str]] = json.loads(text or "{}").get("presets", {})
    return presets


def _tells(got: Mapping[str, str]) -> bool:
    """Whether a part of the page says what went wrong: ours, or JupyterHub's error.html."""
    return got.get("id") == _TROUBLE or "error" in got.get("class", "").split()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = SpawnForm()
        self.cards: dict[str, tuple[str, bool]] = {}
        self.data = ""
        self.titles: dict[str, str] = {}
        self.trouble = ""
        self._inside = self._in_data = False
        self._select = self._label = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = got.get("id") == _FORM
            self.found.action = got["action"] if self._inside else self.found.action
        elif tag == "script":
            self._in_data = got.get("id") == _DATA
        elif tag == "div" and (self._depth or _tells(got)):
            self._depth += 1
        elif self._inside:
            self._control(tag, got)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "script":
            self._in_data = False
        elif tag == "div" and self._depth:
            self._depth -= 1
        elif tag == "select":
            self._select = ""
        elif tag == "label":
            self._label = ""

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data
        elif self._depth:
            self.trouble += f" {data}"
        elif self._label:
            self.titles[self._label] = self.titles.get(self._label, "") + data

    def _control(self, tag: str, got: dict[str, str]) -> None:
        name = got.get("name", "")
        if tag == "label":
            self._label = got.get("for", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            # Without a selected one a browser sends the first.
            if "selected" in got or self._select not in self.found.answers:
                self.found.answers[self._select] = got.get("value", "")
        elif tag == "input" and got.get("type") == "radio":
            self.cards[got.get("id", name)] = got["value"], "disabled" in got
        elif tag == "input" and name and name != "_xsrf":
            self.found.answers[name] = got.get("value", "")
