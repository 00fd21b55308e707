"""What is different between two versions, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import ndiff
from itertools import pairwise
from typing import Any

from hub_config.said import Text, said
from services.announcements.entry import Body, plain
from services.announcements.store import Version

NAMES: Mapping[str, Text] = {
    "severity": said("Severity"), "title": said("Title"), "text": said("Text"),
    "url": said("Link"), "start": said("Shown from"), "end": said("Shown until"),
    "where": said("Where"), "groups": said("For the groups"), "closing": said("Closing"),
    "maintenance": said("Maintenance window"), "date": said("Day"),
}  # fmt: skip
"""What the fields are called."""

WHAT: Mapping[str, Text] = {
    "created": said("written"), "changed": said("changed"), "published": said("published"),
    "withdrawn": said("withdrawn"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One field: the lines that went and those that came."""

    name: Text
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One version and what it changed."""

    version: Version
    what: Text
    changes: tuple[Change, ...]


def steps(versions: Sequence[Version]) -> list[Step]:
    """Return the history of *versions*, the newest first."""
    after = [
        Step(new, WHAT[new.what], tuple(changes(old.body, new.body)))
        for new, old in pairwise(versions)
    ]
    first = versions[-1]
    return [*after, Step(first, WHAT[first.what], ())]


def changes(old: Body, new: Body) -> Iterator[Change]:
    """Yield what is different, field by field."""
    before, after = plain(old), plain(new)
    for name, called in NAMES.items():
        if before.get(name) != after.get(name):
            lines = ndiff(_lines(before.get(name)), _lines(after.get(name)))
            told = [(line[:1], line[2:]) for line in lines]
            gone = tuple(text for mark, text in told if mark == "-")
            yield Change(called, gone, tuple(text for mark, text in told if mark == "+"))


def _lines(value: Any) -> list[str]:
    match value:
        case None:
            return []
        case dict():
            return [f"{key}: {line}" for key, each in value.items() for line in _lines(each)]
        case list():
            return [str(each) for each in value]
    return str(value).splitlines()
