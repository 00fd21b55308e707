"""Moments as people type them at a terminal."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub_config.cli.times import moment

NOW = datetime(2026, 3, 28, 10, 30, tzinfo=UTC)
"""The day before Berlin's clocks go forward."""


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine is in Berlin."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-12-01T08:00+01:00", "2026-12-01T08:00:00+01:00"),
        ("2026-12-01T08:00Z", "2026-12-01T08:00:00+00:00"),
        ("2026-12-01 08:00", "2026-12-01T08:00:00+01:00"),
        ("2026-07-01 08:00", "2026-07-01T08:00:00+02:00"),
        ("2026-12-01", "2026-12-01T00:00:00+01:00"),
        ("tomorrow 08:00", "2026-03-29T08:00:00+02:00"),
        ("Today 8:05", "2026-03-28T08:05:00+01:00"),
        ("18:00", "2026-03-28T18:00:00+01:00"),
    ],
)
def test_a_time_is_understood(text: str, iso: str) -> None:
    assert moment(text, NOW).isoformat() == iso


@pytest.mark.parametrize("text", ["", "soon", "tomorrow", "25:00", "8", "2026-13-01", "tomorrow 8"])
def test_what_is_no_time_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(ValueError, match=r'is no time — write for example .* or "tomorrow 08:00"'):
        moment(text, NOW)


def test_without_a_given_now_it_is_that_of_the_clock() -> None:
    assert abs(moment("tomorrow 08:00") - datetime.now(UTC)) < timedelta(days=2)
