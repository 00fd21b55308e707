"""What is announced, where and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub_config.announcements import Announcements, Listed
from hub_config.model.branding import PLACES, Announcement

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def one(text: str, **more: Any) -> Announcement:
    return Announcement(text=text, **more)


def told(source: Announcements, where: str = "home", now: datetime | None = NOW) -> list[str]:
    return [str(one.text) for one in source.current(where, now)]


@pytest.mark.parametrize("where", PLACES)
def test_it_is_announced_everywhere_if_nothing_else_is_said(where: str) -> None:
    assert told(Listed([one("a")]), where) == ["a"]


def test_it_is_announced_where_it_belongs() -> None:
    source = Listed([one("a", where=("lab", "form"))])
    assert [where for where in PLACES if told(source, where)] == ["form", "lab"]


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (None, None, True), (NOW, None, True), (NOW + HOUR, None, False), (None, NOW, False),
        (None, NOW + HOUR, True), (NOW - HOUR, NOW + HOUR, True), (NOW - HOUR, NOW, False),
    ],
)  # fmt: skip
def test_it_has_its_time(start: datetime | None, end: datetime | None, shown: bool) -> None:
    assert bool(told(Listed([one("a", start=start, end=end)]))) is shown


def test_times_of_other_zones_are_compared_as_moments() -> None:
    early = datetime.fromisoformat("2026-03-01T13:30+02:00")  # 11:30 UTC
    assert told(Listed([one("a", start=early)])) == ["a"]
    assert told(Listed([one("a", end=early)])) == []


def test_without_a_time_it_is_now() -> None:
    begun = one("begun", start=datetime.now(UTC) - HOUR)
    to_come = one("to come", start=datetime.now(UTC) + HOUR)
    assert told(Listed([begun, to_come]), now=None) == ["begun"]


def test_the_gravest_stand_first_and_equals_as_they_were_written() -> None:
    severities = ("info", "warning", "critical", "maintenance", "warning")
    listed = [one(f"{n} {name}", severity=name) for n, name in enumerate(severities)]
    assert told(Listed(listed)) == [
        "2 critical", "3 maintenance", "1 warning", "4 warning", "0 info",
    ]  # fmt: skip


def test_each_has_a_name_that_stays_while_it_says_the_same() -> None:
    assert one("a").id == one("a").id
    assert len({one("a").id, one("b").id, one("a", severity="warning").id}) == 3
