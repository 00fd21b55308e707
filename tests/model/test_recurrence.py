"""Times that come again: on the clock of the wall, and never looked for without an end."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hub_config.model.announcement import Maintenance
from hub_config.model.recurrence import FEW, LONGEST, Repetition, Rule, Zone

BERLIN = "Europe/Berlin"
SECOND_TUESDAY = "FREQ=MONTHLY;BYDAY=2TU"
HOUR = 3600


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def begins(now: str, rule: str | None, begin: str, lasts: int = HOUR, **more: Any) -> list[str]:
    times = Repetition(moment(begin), lasts, rule, **{"zone": BERLIN, **more})
    return [f"{one.begin:%Y-%m-%dT%H:%MZ}" for one in times.windows(moment(now))]


def test_the_second_tuesday_stays_at_its_time_when_summer_begins() -> None:
    found = begins("2026-03-01T00:00Z", SECOND_TUESDAY, "2026-03-10T03:26+01:00")
    assert found == [
        "2026-03-10T02:26Z", "2026-04-14T01:26Z", "2026-05-12T01:26Z", "2026-06-09T01:26Z",
    ]  # fmt: skip


def test_and_when_it_ends() -> None:
    found = begins("2026-09-30T00:00Z", SECOND_TUESDAY, "2026-03-10T03:26+01:00")
    assert found[:2] == ["2026-10-13T01:26Z", "2026-11-10T02:26Z"]


def test_a_time_that_a_clock_leaves_out_comes_an_hour_later() -> None:
    """In the night of 29 March 2026 there is no 02:30 in Berlin."""
    found = begins("2026-03-28T12:00Z", "FREQ=DAILY", "2026-03-01T02:30+01:00")
    assert found[:2] == ["2026-03-29T01:30Z", "2026-03-30T00:30Z"]


def test_a_time_that_comes_twice_is_the_first() -> None:
    """In the night of 25 October 2026 there are two 02:30."""
    found = begins("2026-10-24T12:00Z", "FREQ=DAILY", "2026-03-01T02:30+01:00")
    assert found[:2] == ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]


def test_without_a_zone_it_is_the_clock_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        begin = "2025-03-08T12:00-05:00"
        found = begins("2025-03-08T00:00Z", "FREQ=DAILY", begin, zone=None)
        assert found[:2] == ["2025-03-08T17:00Z", "2025-03-09T16:00Z"]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_one_that_goes_on_is_the_first_until_its_very_end() -> None:
    begin = "2026-03-10T08:00+00:00"
    times = Repetition(moment(begin), HOUR, "FREQ=WEEKLY", "UTC")
    end = moment(begin) + timedelta(hours=1)
    for now in (moment(begin), end - timedelta(seconds=1)):
        assert times.windows(now)[0].begin == moment(begin)
    assert times.windows(end)[0].begin == moment(begin) + timedelta(days=7)


def test_once_is_once() -> None:
    begin = "2026-03-10T08:00+00:00"
    assert begins("2020-01-01T00:00Z", None, begin) == ["2026-03-10T08:00Z"]
    assert begins("2026-03-10T09:00Z", None, begin) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", ["03-09", "03-11", "03-23", "03-25"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["03-31", "04-30", "05-31", "06-30"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["03-31", "04-30", "05-29", "06-30"]),
        ("FREQ=YEARLY;BYMONTH=4,5;BYDAY=1SA", ["04-04", "05-02", "04-03", "05-01"]),
    ],
)
def test_rules_of_the_calendar(rule: str, expected: list[str]) -> None:
    found = begins("2026-03-01T00:00Z", rule, "2026-03-01T08:00+00:00", zone="UTC")
    assert [one[5:10] for one in found] == expected


def test_leap_days_are_waited_for() -> None:
    rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"
    found = begins("2026-03-01T00:00Z", rule, "2026-03-01T08:00+00:00", zone="UTC")
    assert [one[:10] for one in found] == ["2028-02-29", "2032-02-29"]


def test_no_more_than_a_few_are_looked_for() -> None:
    found = begins("2026-03-01T00:00Z", "FREQ=DAILY", "2000-01-01T08:00+00:00")
    assert 2 <= len(found) <= FEW


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;COUNT=99999999", "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;UNTIL=20270101T000000Z", "FREQ=MONTHLY;BYDAY=9TU", "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=99999999999", "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=MONTHLY;BYMONTHDAY=32", "freq=daily", "FREQ=DAILY;", "FREQ=DAILY\nRRULE:FREQ=DAILY",
        "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2", "FREQ=WEEKLY;BYDAY=2MO", "BYDAY=MO",
        "FREQ=DAILY" + ";INTERVAL=2" * LONGEST,
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_its_cure(rule: str) -> None:
    with pytest.raises(ValidationError, match="write FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"):
        TypeAdapter(Rule).validate_python(rule)


def planned(**more: Any) -> str:
    given = {"begins": "2026-03-10T03:26+01:00", "lasts": "1h", "zone": BERLIN, **more}
    with pytest.raises(ValidationError) as refused:
        Maintenance.model_validate(given)
    return str(refused.value)


@pytest.mark.parametrize(
    "rule",
    ["FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
     "FREQ=MONTHLY;INTERVAL=12;BYMONTH=5", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-5;BYMONTHDAY=1"],
)  # fmt: skip
def test_a_rule_that_never_comes_is_refused(rule: str) -> None:
    assert "never comes — write for example FREQ=MONTHLY;BYDAY=2TU" in planned(repeat=rule)


def test_a_time_that_begins_again_before_it_is_over_is_refused() -> None:
    told = planned(repeat="FREQ=DAILY", lasts="1d1h")
    assert "begins again before it is over — write a shorter time" in told


def test_what_began_in_another_century_is_refused() -> None:
    assert "is long over — write a day after 2000" in planned(begins="1999-03-10T03:26+01:00")


@pytest.mark.parametrize("zone", ["Berlin", "../../etc/passwd", "", "/etc/localtime"])
def test_a_zone_is_one_of_the_machine(zone: str) -> None:
    with pytest.raises(ValidationError, match="write for example Europe/Berlin"):
        TypeAdapter(Zone).validate_python(zone)
