"""Texts for people: English wherever they go, and able to be said in another language.

A ``Text`` is an English ``str``, so logs, errors and JSON need to know nothing of languages. What
draws a page asks it for another language at the last moment (``hub_config.i18n``). Joining texts
with ``+`` or in an f-string makes plain English of them; ``together`` and values keep them whole.
"""

from collections.abc import Mapping
from typing import Any, Protocol


class Catalog(Protocol):
    """Where translations are looked up; what is missing comes back as it was."""

    language: str

    def gettext(self, message: str) -> str: ...

    def ngettext(self, singular: str, plural: str, n: int) -> str: ...


class Text(str):
    """A text that can be said in the language of a catalog."""

    def spoken(self, catalog: Catalog) -> str:
        """Return it in the language of *catalog*."""
        return str(self)


class Said(Text):
    """A text of our own: looked up, then its ``{values}`` are filled in, themselves translated."""

    message: str
    plural: str
    values: Mapping[str, Any]

    def spoken(self, catalog: Catalog) -> str:
        """Return it in the language of *catalog*."""
        if self.plural:
            found = catalog.ngettext(self.message, self.plural, int(self.values["n"]))
        else:
            found = catalog.gettext(self.message)
        return _filled(found, {name: spoken(value, catalog) for name, value in self.values.items()})

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` makes a text of again; values become texts or numbers."""
        values = {
            name: value.to_json() if isinstance(value, Said | Together) else value
            for name, value in self.values.items()
        }
        return {"message": self.message, "plural": self.plural, "values": values}


class Together(Text):
    """Several texts, one after the other."""

    parts: tuple[str, ...]

    def spoken(self, catalog: Catalog) -> str:
        """Return it in the language of *catalog*."""
        return " ".join(spoken(part, catalog) for part in self.parts)

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` makes a text of again."""
        parts = (p.to_json() if isinstance(p, Said | Together) else str(p) for p in self.parts)
        return {"parts": list(parts)}


class Given(Text):
    """A text of an admin, who may have written it in several languages."""

    languages: Mapping[str, str]

    def spoken(self, catalog: Catalog) -> str:
        """Return it in the language of *catalog*, else as it is."""
        return self.languages.get(catalog.language, str(self))


def said(message: str, /, **values: Any) -> Said:
    """Return *message*, a literal that translators see, with its ``{values}`` filled in."""
    text = Said(_filled(message, values))
    text.message, text.plural, text.values = message, "", values
    return text


def said_n(one: str, many: str, n: int, /, **values: Any) -> Said:
    """Return the form for *n* things, which may be named ``{n}``."""
    values["n"] = n
    text = Said(_filled(one if n == 1 else many, values))
    text.message, text.plural, text.values = one, many, values
    return text


def together(*parts: str) -> Together:
    """Return the texts that are not empty, a space between them."""
    kept = tuple(part for part in parts if part)
    text = Together(" ".join(kept))
    text.parts = kept
    return text


def given(languages: Mapping[str, str]) -> Given:
    """Return a text in several languages; English, else the first, is what logs show."""
    text = Given(languages.get("en") or next(iter(languages.values()), ""))
    text.languages = dict(languages)
    return text


def spoken(value: Any, catalog: Catalog) -> Any:
    """Return *value* in the language of *catalog* if it is a text of ours, else as it is."""
    return value.spoken(catalog) if isinstance(value, Text) else value


def from_json(data: Any) -> str:
    """Return the text that ``to_json`` made *data* of; a plain text is itself, all else nothing."""
    match data:
        case str():
            return data
        case {"parts": [*parts]}:
            return together(*map(from_json, parts))
        case {"message": str(message), "plural": str(plural), "values": {**values}}:
            return _remembered(message, plural, values)
    return ""


def _remembered(message: str, plural: str, saved: Mapping[Any, Any]) -> Said:
    values = {
        str(name): from_json(value) if isinstance(value, dict) else value
        for name, value in saved.items()
    }
    if plural:
        return said_n(message, plural, int(values.pop("n", 0)), **values)
    return said(message, **values)


def _filled(message: str, values: Mapping[str, Any]) -> str:
    return message.format_map(values) if values else message
