"""What the hub is handed: no more than it takes, and nobody's groups before everybody."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tornado.escape import json_encode

from hub_config.model.announcement import Announcement
from services.announcements.entry import Entry, plain

MOST, PROBLEMS, BYTES = 100, 100, 2 << 20
"""Announcements and problems in an answer, and its bytes: the hub takes no more."""
LINE = 500
"""Characters of a problem that the hub shows."""
SPARE = 2000
"""Bytes for what stands around the entries."""


def handed(
    announcements: Sequence[Entry], news: Sequence[Entry], problems: Sequence[str]
) -> dict[str, Any]:
    """Return the answer; what is for some groups only has what room the rest leaves."""
    told = [problem[:LINE] for problem in problems[: PROBLEMS - 1]]
    room = BYTES - SPARE - _size(told)
    ours, theirs = _in_order(announcements)
    first, room = _fitting(ours, MOST, room)
    tidings, room = _fitting(news, len(news), room)
    rest, _ = _fitting(theirs, MOST - len(first), room)
    if lost := len(announcements) - len(first) - len(rest):
        told.append(f"{lost} announcements too many or too long for the hub — withdraw some")
    return {"announcements": [*first, *rest], "news": tidings, "problems": told}


def _in_order(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Return those for everybody and those for groups, both the gravest first.

    Of those for groups, each author's first comes before anybody's second.
    """
    ranked = sorted(entries, key=_rank)
    turns: Counter[str] = Counter()
    theirs: list[tuple[int, Entry]] = []
    for entry in ranked:
        if entry.groups:
            theirs.append((turns[entry.author], entry))
            turns[entry.author] += 1
    in_turn = [entry for _, entry in sorted(theirs, key=lambda pair: pair[0])]
    return [entry for entry in ranked if not entry.groups], in_turn


def _fitting(entries: Iterable[Entry], most: int, room: int) -> tuple[list[dict[str, Any]], int]:
    """Return up to *most* that fit into *room*, and the bytes that are left of it."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        if len(found) == most:
            break
        one = {"id": entry.mark, **plain(entry.body)}
        if (size := _size(one)) <= room:
            found.append(one)
            room -= size
    return found, room


def _rank(entry: Entry) -> int:
    return entry.body.rank if isinstance(entry.body, Announcement) else 0


def _size(value: Any) -> int:
    return len(json_encode(value).encode()) + len(", ")
