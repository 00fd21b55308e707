"""When something is shown, and how that reads."""

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub_config.model.announcement import Announcement, Maintenance, News
from services.announcements.entry import Entry
from services.announcements.times import (
    REPEATS,
    appearances,
    chosen,
    in_words,
    rule,
    state,
    warnings,
    zone,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND_TUESDAY = datetime(2026, 3, 10, 3, 26).astimezone()


def one(**fields: Any) -> Announcement:
    return Announcement(text="x", **fields)


def window(repeat: str | None = None, begins: datetime = SECOND_TUESDAY) -> Maintenance:
    return Maintenance(begins=begins, lasts="30m", repeat=repeat, notice="3d")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Entry("1", one()), "shown"),
        (Entry("1", one(start=NOW + HOUR)), "coming"),
        (Entry("1", one(start=NOW)), "shown"),
        (Entry("1", one(end=NOW)), "past"),
        (Entry("1", one(end=NOW + HOUR)), "shown"),
        (Entry("1", one(), draft=True), "draft"),
        (Entry("1", one(), draft=True, withdrawn=NOW), "withdrawn"),
        (Entry("1", one(maintenance=window())), "coming"),
        (Entry("1", one(maintenance=window(begins=NOW + HOUR))), "shown"),
        (Entry("1", one(maintenance=window(begins=NOW - HOUR))), "past"),
        (Entry("1", one(maintenance=window("FREQ=DAILY", NOW - HOUR))), "shown"),
        (Entry("1", News(date=NOW.date(), title="x")), "shown"),
        (Entry("1", News(date=NOW.date() + 72 * HOUR, title="x")), "coming"),
    ],
)
def test_states(entry: Entry, expected: str) -> None:
    assert state(entry, NOW) == expected


def test_an_announcement_is_shown_from_its_start_to_its_end() -> None:
    (seen,) = appearances(one(start=NOW, end=NOW + HOUR), NOW)
    assert (seen.begin, seen.end) == (NOW, NOW + HOUR)
    assert list(appearances(one(end=NOW - HOUR), NOW)) == []


def test_maintenance_is_shown_ahead_of_each_time_until_its_end() -> None:
    body = one(maintenance=window("FREQ=MONTHLY;BYDAY=2TU"), end=NOW + 60 * 24 * HOUR)
    first, second = list(appearances(body, NOW))[:2]
    assert first.begin == SECOND_TUESDAY - 72 * HOUR
    assert first.end == SECOND_TUESDAY + HOUR / 2
    assert second.begin is not None
    assert second.begin.astimezone().date() == datetime(2026, 4, 11).date()
    late = one(maintenance=window(), start=SECOND_TUESDAY - HOUR)
    assert next(appearances(late, NOW)).begin == SECOND_TUESDAY - HOUR


@pytest.mark.parametrize(
    ("repeat", "made", "words"),
    [
        ("", "", "once, 2026-03-10 03:26"),
        ("daily", "FREQ=DAILY", "every day, 03:26"),
        ("weekly", "FREQ=WEEKLY;BYDAY=TU", "every week, Tuesday 03:26"),
        ("weekday", "FREQ=MONTHLY;BYDAY=2TU", "every month, second Tuesday 03:26"),
        ("monthly", "FREQ=MONTHLY;BYMONTHDAY=10", "every month, on day 10 03:26"),
        ("other", "FREQ=YEARLY", "by the rule FREQ=YEARLY, 03:26"),
    ],
)
def test_what_is_chosen_becomes_a_rule_and_words(repeat: str, made: str, words: str) -> None:
    assert rule(repeat, SECOND_TUESDAY, "FREQ=YEARLY") == made
    times = window(made or None)
    assert (chosen(times), in_words(times)) == (repeat, words)


def test_every_choice_is_tried() -> None:
    assert list(REPEATS) == ["", "daily", "weekly", "weekday", "monthly", "other"]


def test_writers_are_told_what_they_may_not_have_meant() -> None:
    assert warnings(one(), NOW) == []
    assert warnings(one(end=NOW - HOUR), NOW) == ["It ends in the past: nobody will see it."]
    group = one(groups=("climate",))
    assert warnings(group, NOW) == ["The login page shows nothing that is for some groups only."]
    assert warnings(one(groups=("climate",), where=("home",)), NOW) == []
    bare = one(severity="maintenance")
    assert warnings(bare, NOW) == ["No maintenance window is set: the form does not warn of this."]
    assert warnings(News(date=NOW.date(), title="x"), NOW) == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("UTC", "UTC"),
        ("Europe/Berlin", "CET (UTC+01:00)"),
        ("America/St_Johns", "NST (UTC-03:30)"),
    ],
)
def test_the_zone_is_named_with_its_distance(
    place: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", place)
    time.tzset()
    try:
        assert zone(NOW) == expected
    finally:
        monkeypatch.undo()
        time.tzset()


def test_few_of_many_are_looked_for() -> None:
    daily = one(maintenance=window("FREQ=DAILY", NOW))
    assert len(list(islice(appearances(daily, NOW), 10))) <= 4


@pytest.mark.parametrize(
    ("repeat", "made", "words"),
    [
        ("daily", "FREQ=DAILY", "every day, 22:26 America/New_York"),
        ("weekly", "FREQ=WEEKLY;BYDAY=MO", "every week, Monday 22:26 America/New_York"),
        (
            "weekday", "FREQ=MONTHLY;BYDAY=2MO",
            "every month, second Monday 22:26 America/New_York",
        ),
        ("monthly", "FREQ=MONTHLY;BYMONTHDAY=9", "every month, on day 9 22:26 America/New_York"),
    ],
)  # fmt: skip
def test_the_day_is_that_of_the_zone(repeat: str, made: str, words: str) -> None:
    berlin = datetime(2026, 3, 10, 3, 26, tzinfo=ZoneInfo("Europe/Berlin"))  # a Tuesday
    place = "America/New_York"
    assert rule(repeat, berlin, "", place) == made
    times = Maintenance(begins=berlin, lasts="30m", repeat=made, zone=place)  # type: ignore[arg-type]
    assert (chosen(times), in_words(times)) == (repeat, words)
    assert times.times.windows(NOW)[0].begin == berlin, "the first is the one that was written"
