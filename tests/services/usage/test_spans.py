"""Weeks, months, years: around New Year, and where clocks are put forward and back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.usage.spans import KINDS, day_of, read, span_of, spans_of
from services.usage.sums import QUARTER

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = [date(2018, 12, 25) + timedelta(days=days) for days in range(3700)]


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2024-12-29", "2024-W52"),
        ("2024-12-30", "2025-W01"),
        ("2025-12-28", "2025-W52"),
        ("2025-12-29", "2026-W01"),
        ("2026-12-31", "2026-W53"),
        ("2027-01-03", "2026-W53"),
        ("2027-01-04", "2027-W01"),
    ],
)
def test_the_week_of_a_day_around_new_year(day: str, week: str) -> None:
    assert str(span_of("week", date.fromisoformat(day))) == week


def test_every_span_is_read_back_by_its_name() -> None:
    for day in DAYS:
        for span in spans_of(day):
            assert read(str(span)) == span
            assert span.first <= day <= span.last


@pytest.mark.parametrize("kind", KINDS)
def test_spans_follow_each_other_without_gaps(kind: str) -> None:
    span = span_of(kind, DAYS[0])  # type: ignore[arg-type]
    while span.last < DAYS[-1]:
        after = span.after()
        assert after.first - span.last == timedelta(days=1)
        assert after.before() == span
        span = after


def test_the_parts_of_a_span_are_all_of_it() -> None:
    assert [str(part) for part in read("2026-W01").parts()] == [
        "2025-12-29", "2025-12-30", "2025-12-31",
        "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04",
    ]  # fmt: skip
    assert len(read("2028-02").parts()) == 29
    assert [str(part) for part in read("2026").parts()] == [f"2026-{m:02}" for m in range(1, 13)]


@pytest.mark.parametrize(
    "text",
    ["", "2026-W00", "2025-W53", "2026-W54", "2026-00", "2026-13", "2026-02-30", "26", "9999",
     "0000", "2026-W1", "2026-w47", " 2026", "2026\n", "２０２６", "2026-W47-1", "-2026"],
)  # fmt: skip
def test_what_is_no_span_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(ValueError, match="write for example 2026-W47"):
        read(text)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T22:59:59", "2026-03-28"),
        ("2026-03-28T23:00:00", "2026-03-29"),  # clocks go forward on the 29th
        ("2026-03-29T21:59:59", "2026-03-29"),
        ("2026-03-29T22:00:00", "2026-03-30"),
        ("2026-10-24T22:00:00", "2026-10-25"),  # and back on the 25th, a day of 25 hours
        ("2026-10-25T22:59:59", "2026-10-25"),
        ("2026-10-25T23:00:00", "2026-10-26"),
    ],
)
def test_days_are_those_of_the_centre(moment: str, day: str) -> None:
    seconds = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    assert day_of(seconds, BERLIN).isoformat() == day
    assert day_of(seconds // QUARTER * QUARTER, BERLIN).isoformat() == day


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_days_begin_with_a_quarter_of_an_hour(zone: str) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    for quarter in range(0, 400 * 96, 7):
        begin = first + quarter * QUARTER
        assert day_of(begin, ZoneInfo(zone)) == day_of(begin + QUARTER - 1, ZoneInfo(zone))
