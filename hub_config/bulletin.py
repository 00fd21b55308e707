"""One file of ``announcements.d``: an announcement or news, its text in Markdown below its fields.

    ---
    severity: warning
    title: {en: Long queue, de: Lange Wartezeit}
    end: 2026-04-01T00:00+02:00
    ---
    [en]
    Queueing takes **16 hours** on prepost.
    [de]
    Auf prepost wartet man **16 Stunden**.

``kind: news`` makes it an entry of the list of news. Without lines [en] and [de] everybody reads
the same text.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from hub_config.load import validated
from hub_config.model.announcement import Announcement, News
from hub_config.model.words import LANGUAGES
from hub_config.yaml12 import BadConfig, Document, Problem, read_front

FOLDER = "announcements.d"
KINDS: dict[str, type[Announcement] | type[News]] = {"announcement": Announcement, "news": News}

_LANGUAGE = re.compile(r"\[([a-z]{2})\]\s*")
_KNOWN = " or ".join(f"[{language}]" for language in LANGUAGES)


def files(folder: Path) -> list[Path]:
    """Return the files of *folder*, none if it does not exist. Raises BadConfig if it is closed."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        what = f"cannot be listed ({error.strerror}) — it must be a folder that may be read"
        raise BadConfig([Problem(str(folder), 1, 1, "", what)]) from error
    return [folder / name for name in names if name.endswith(".md") and name[0] != "."]


def read_all(paths: Iterable[Path]) -> list[Announcement | News]:
    """Return what all files and folders of *paths* say. Raises BadConfig with all problems."""
    found: list[Announcement | News] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found += read_all(files(path)) if path.is_dir() else [read(path)]
        except BadConfig as error:
            problems += error.problems
    if problems:
        raise BadConfig(problems)
    return found


def read(path: Path, shown: str = "") -> Announcement | News:
    """Return what one file says. Raises BadConfig; *shown* is the name its messages use."""
    document, body = read_front(path, shown)
    fields = {} if document.value is None else document.value
    if not isinstance(fields, dict):
        raise document.give_up((2, 1), "the front matter is no list of keys — write `key: value`")
    if "text" in fields:
        cure = "write the text below the second line ---"
        document.complain(document.place(("text",), key=True), "text", f"is no field — {cure}")
    model = _model(document, fields.pop("kind", "announcement"))
    _add_text(document, fields, body, required=model is Announcement)
    document.value = fields
    return validated(document, model, {})


def _model(document: Document, kind: object) -> type[Announcement] | type[News]:
    if isinstance(kind, str) and kind in KINDS:
        return KINDS[kind]
    cure = f"write {' or '.join(KINDS)}"
    document.complain(document.place(("kind",)), "kind", f'"{str(kind)[:40]}" — {cure}')
    raise BadConfig(document.problems)


def _add_text(
    document: Document, fields: dict[str, object], body: dict[int, str], *, required: bool
) -> None:
    """Put the text below the front matter among the *fields*, each part with its place."""
    texts, places = _parts(document, body)
    for language, text in texts.items():
        if language and not text:
            document.complain((places[language], 1), "text", f"[{language}] has no text — write it")
    if texts := {language: text for language, text in texts.items() if text}:
        fields["text"] = texts if places else texts[""]
    elif required and not places:
        cure = "write the text below the second line ---"
        document.complain((min(body), 1), "text", f"is empty — {cure}")
    for language, line in places.items():
        document.values["text", language] = (line, 1)
    document.values["text",] = (min(body), 1)


def _parts(document: Document, body: dict[int, str]) -> tuple[dict[str, str], dict[str, int]]:
    """Return the text of each language, "" for everybody's, and the lines where each begins."""
    parts: dict[str, list[str]] = {"": []}
    places: dict[str, int] = {}
    language = ""
    for number, line in body.items():
        if not (mark := _LANGUAGE.fullmatch(line)):
            parts[language].append(line)
            continue
        language = mark[1]
        if language in places:
            document.complain((number, 1), "text", f"[{language}] stands twice — keep one of them")
        elif language not in LANGUAGES:
            what = f"[{language}] is no language of the pages — write {_KNOWN}"
            document.complain((number, 1), "text", what)
        places[language], parts[language] = number, []
    texts = {name: "\n".join(lines).strip() for name, lines in parts.items()}
    if places and texts[""]:
        what = f"stands above the first language — write {_KNOWN} above it"
        document.complain((min(body), 1), "text", what)
    return {name: text for name, text in texts.items() if name or not places}, places
