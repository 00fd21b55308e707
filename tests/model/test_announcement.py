"""What is written by many people stays within bounds, and is told so in words."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from hub_config.model.announcement import Announcement, News
from hub_config.model.fields import LONGEST_NAME, MOST_NAMES
from hub_config.model.places import LONGEST

BEGINS = "2026-03-10T03:26+01:00"
YEAR = "366-00:00:00"


def window(**fields: Any) -> dict[str, Any]:
    return {"maintenance": {"begins": BEGINS, "lasts": "1h", **fields}}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"start": "9999-12-31T23:59-12:00"}, "too far away — write a year from 1970 to 2999"),
        ({"end": "3000-01-01T00:00+00:00"}, "too far away — write a year from 1970 to 2999"),
        ({"start": "0001-01-01T00:00+14:00"}, "too far away — write a year from 1970 to 2999"),
        ({"start": "1969-12-31T23:59+00:00"}, "too far away — write a year from 1970 to 2999"),
        (window(begins="9999-12-31T23:59Z"), "too far away — write a year from 1970 to 2999"),
        (window(lasts="367d"), "is too much — write at most"),
        (window(notice="99999d"), "is too much — write at most"),
        (window(partitions=["x" * (LONGEST_NAME + 1)]), "has 201 characters — write at most 200"),
        ({"groups": ["x" * (LONGEST_NAME + 1)]}, "has 201 characters — write at most 200"),
        ({"groups": [f"g{n}" for n in range(MOST_NAMES + 1)]}, "has 51 entries — write at most 50"),
        ({"groups": ["a", "b", "a"]}, '"a" stands twice — keep one of them'),
        ({"groups": [" "]}, "is empty or has several lines"),
        ({"url": "https://example.org/" + "x" * LONGEST}, "has 2020 characters — write at most"),
    ],
)
def test_what_is_beyond_bounds_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Announcement.model_validate_json(json.dumps({"text": "x", **fields}))


@pytest.mark.parametrize(
    "fields",
    [
        {"start": "1970-01-01T00:00+14:00", "end": "2999-12-31T23:59-12:00"},
        window(lasts=YEAR, notice=YEAR),
        window(partitions=["x" * LONGEST_NAME]),
        {"groups": [f"g{number}" for number in range(MOST_NAMES)]},
        {"url": "https://example.org/" + "x" * (LONGEST - 20)},
    ],
)
def test_what_is_within_them_is_taken(fields: dict[str, Any]) -> None:
    assert Announcement.model_validate_json(json.dumps({"text": "x", **fields})).text == "x"


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_too_far_away_is_refused(day: str) -> None:
    with pytest.raises(ValidationError, match="write a year from 1970 to 2999"):
        News.model_validate({"date": day, "title": "x"})
