"""When a job would start, in words."""

from datetime import datetime

import pytest

from hub_config.form.soon import never, soon
from tests.form.clusters import EIGHT


def at(seconds: float) -> str:
    return datetime.fromtimestamp(EIGHT + seconds).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (at(-3600), "Would start now."),
        (at(60), "Would start now."),
        (at(720), "Would start in about 12 min."),
        (at(3599), "Would start in about 60 min."),
        (at(2 * 3600), "Would start at about 10:00."),
        (at(26 * 3600), "Would start at about 2 Mar, 10:00."),
        ("", ""),
        ("N/A", ""),
        ("0001-01-01T00:00:00", ""),
    ],
)
def test_when(start: str, text: str, utc: None) -> None:
    assert soon(start, EIGHT) == text


def test_a_no_is_told_in_the_schedulers_words() -> None:
    assert never("Invalid {account}") == "The scheduler would refuse this: Invalid {account}"
