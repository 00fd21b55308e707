"""The hub is handed what it takes, and nobody's notices push out the others'."""

from datetime import date
from typing import Any

import pytest
from tornado.escape import json_encode

from hub_config.announcements import published
from hub_config.model.announcement import Announcement, News
from services.announcements import handed as module
from services.announcements.entry import Entry
from services.announcements.handed import MOST, handed


def entry(title: str, author: str = "eve", **fields: Any) -> Entry:
    return Entry(title, Announcement(title=title, **{"text": "x", **fields}), author=author)


def titles(told: dict[str, Any], kind: str = "announcements") -> list[str]:
    return [one["title"] for one in told[kind]]


def test_the_bounds_are_those_of_the_hub() -> None:
    assert module.BYTES == published.LONGEST
    bounds = {"announcements": MOST, "problems": module.PROBLEMS}
    assert {name: published.MOST[name] for name in bounds} == bounds


def test_those_for_everybody_come_first_then_the_gravest() -> None:
    entries = [
        entry("group", groups=("climate",), severity="critical"),
        entry("info"),
        entry("warning", severity="warning"),
        entry("small", groups=("climate",)),
    ]
    assert titles(handed(entries, [], [])) == ["warning", "info", "group", "small"]


def test_many_of_one_group_push_out_nobody() -> None:
    loud = [entry(f"loud {n}", groups=("ice",), severity="critical") for n in range(3 * MOST)]
    quiet = [entry("quiet", "ann", groups=("climate",)), entry("all", "root")]
    told = handed([*loud, *quiet], [], [])
    assert titles(told)[:3] == ["all", "loud 0", "quiet"]
    assert len(told["announcements"]) == MOST
    assert told["problems"] == [
        f"{2 * MOST + 2} announcements too many or too long for the hub — withdraw some"
    ]


@pytest.mark.parametrize("letter", ["x", "ä", "\U0001f6a7", "</"])
def test_the_answer_is_one_that_the_hub_takes(letter: str) -> None:
    text = (letter * 4000)[:4000]
    loud = [entry(f"loud {n}", text=text, groups=("ice",)) for n in range(2 * MOST)]
    ours = [entry(f"all {n}", text=text) for n in range(5)]
    day = date(2026, 3, 1)
    news = [Entry(str(n), News(date=day, title=str(n), text=text)) for n in range(20)]
    told = handed([*loud, *ours], news, ["ä" * 9000] * 500)
    body = json_encode(told).encode()
    assert len(body) <= published.LONGEST
    answer = published.read(body)
    assert [one.title for _, one in answer.announcements[:5]] == [f"all {n}" for n in range(5)]
    assert len(answer.news) == 20
    assert len(answer.problems) == module.PROBLEMS
    assert "withdraw some" in answer.problems[-1]
