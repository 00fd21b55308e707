"""Which language a visitor gets, whatever their browser sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config import i18n
from hub_config.i18n import choose


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "de", "de"),
        ("", "de-AT", "de"),
        ("", "DE-ch, en;q=0.9", "de"),
        ("", "en-US,en;q=0.5", "en"),
        ("", "fr, de;q=0.8, en;q=0.2", "de"),
        ("", "en;q=0.2, de;q=0.8", "de"),
        ("", "de;q=0.2, en;q=0.8", "en"),
        ("", "en; q=0.5 , de ; q=0.7", "de"),
        ("", "de;q=0, en;q=0.1", "en"),
        ("", "de;q=0", "en"),
        ("", "fr, it", "en"),
        ("", "*", "en"),
        ("", "en, de", "en"),
        ("", "de;q=0.5, en;q=0.5", "de"),
        ("", "de;q=much, en;q=0.1", "en"),
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("fr", "de", "de"),
        ("../../etc", "de", "de"),
        ("", "de_DE", "de"),
    ],
)
def test_the_best_language_that_there_is(cookie: str, accepted: str, language: str) -> None:
    assert choose(cookie, accepted) == language


@given(st.text(), st.text() | st.lists(st.text("dens-*;q=0.1, ")).map(",".join))
def test_whatever_comes_there_is_a_language(cookie: str, accepted: str) -> None:
    assert choose(cookie, accepted) in i18n.LANGUAGES


def test_an_endless_wish_is_read_in_part() -> None:
    assert choose("", "fr," * 10**6 + "de") == "en"
