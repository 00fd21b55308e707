"""The catalogs of one language: what is wrong with them, and how they follow the sources."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import write_po

from hub_config.i18n.catalog import FOLDER, LANGUAGES, read_catalog
from tests.i18n.sources import Id, messages

FOLDERS = [FOLDER / language for language in LANGUAGES[1:]]
"""One for each language but that of the sources."""

UPSTREAM = "upstream"
"""The catalog of what JupyterHub's own templates say, which tests/pages looks at."""

_PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w*)[^{}]*\}")
_ENDS = (".", ":", "…", "?", "!", " ")


def catalogs(folder: Path) -> dict[str, Catalog]:
    """Return the catalogs by their rooms."""
    return {path.stem: read_catalog(path) for path in sorted(folder.glob("*.po"))}


def ours(folder: Path) -> dict[str, Catalog]:
    """Return those that follow our own sources."""
    return {room: found for room, found in catalogs(folder).items() if room != UPSTREAM}


def rooms() -> dict[Id, str]:
    """Return the room of each message: that of where it is said first."""
    return {message.id: message.room for message in reversed(messages())}


def outdated(folder: Path) -> Iterator[str]:
    """Yield what is not, or not only, in the catalog where it should be."""
    places: dict[Id, list[str]] = {}
    said = rooms()
    for room, catalog in catalogs(folder).items():
        for entry in _entries(catalog):
            places.setdefault(_id(entry), []).append(room)
            if room != UPSTREAM:
                yield from (f"{room}.po: {problem}" for problem in problems(entry))
        for gone in catalog.obsolete:
            yield f"{room}.po: {gone!r} is kept as a comment: run make messages"
    for message, room in said.items():
        if message not in places:
            yield f"{room}.po: {message!r} is missing: run make messages"
    for message, found in places.items():
        if len(found) > 1:
            yield f"{message!r} is in {' and '.join(found)}: keep one"
        elif message not in said and found != [UPSTREAM]:
            yield f"{found[0]}.po: nobody says {message!r}: run make messages"


def problems(entry: Entry) -> Iterator[str]:
    """Yield what is wrong with one translation."""
    sources, translations = _forms(entry.id), _forms(entry.string)
    if entry.fuzzy:
        yield f"{entry.id!r} is marked fuzzy: look at it, and take the mark away"
    if not translations or not all(translations):
        yield f"{entry.id!r} has no translation"
        return
    for source, translation in zip(sources, translations, strict=False):
        if placeholders(source) != placeholders(translation):
            yield f"{source!r} has other placeholders than {translation!r}"
        for end in _ENDS:
            if source.endswith(end) != translation.endswith(end):
                yield f"one of {source!r} and {translation!r} ends with {end!r}"


def placeholders(text: str) -> set[str]:
    """Return the names of the values that are filled in."""
    return {first or second for first, second in _PLACEHOLDER.findall(text)}


def update(folder: Path) -> None:
    """Give each message of the sources its place in the catalogs, and take away all others."""
    before = ours(folder)
    known = {_id(e): e for catalog in before.values() for e in _entries(catalog) if e.string}
    where = rooms()
    for room in sorted({*before, *where.values()}):
        catalog = _empty(folder.name)
        for message in sorted((m for m, r in where.items() if r == room), key=_as_text):
            old = known.get(message)
            catalog.add(message, old.string if old else "", user_comments=_notes(old))
        if room not in before or _pairs(before[room]) != _pairs(catalog):
            _write(folder / f"{room}.po", catalog)


def _empty(language: str) -> Catalog:
    return Catalog(locale=language, header_comment="", charset="utf-8")


def _write(path: Path, catalog: Catalog) -> None:
    with path.open("wb") as file:
        file.write(_header(catalog).encode())
        write_po(file, catalog, width=100, omit_header=True)


def _header(catalog: Catalog) -> str:
    """Return what reading needs, and nothing that changes with each day."""
    return (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalog.locale}\\n"\n'
        f'"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )


def _entries(catalog: Catalog) -> list[Entry]:
    return [entry for entry in catalog if entry.id]


def _pairs(catalog: Catalog) -> list[tuple[Id, object]]:
    return sorted(((_id(e), e.string) for e in _entries(catalog)), key=str)


def _notes(entry: Entry | None) -> list[str]:
    return entry.user_comments if entry else []


def _id(entry: Entry) -> Id:
    return (entry.id[0], entry.id[1]) if isinstance(entry.id, list | tuple) else str(entry.id)


def _forms(texts: object) -> tuple[str, ...]:
    return tuple(map(str, texts)) if isinstance(texts, list | tuple) else (str(texts or ""),)


def _as_text(message: Id) -> str:
    return message if isinstance(message, str) else message[0]
