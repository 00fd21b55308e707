"""The pages speak the visitor's language throughout, and the next visitor's right afterwards."""

import re
from collections.abc import Callable
from functools import cache

import pytest

from hub_config.i18n.catalog import catalog
from tests.i18n.sources import Id, messages
from tests.i18n.unsaid import on_page
from tests.pages.drawing import render, speaking
from tests.pages.scenes import SCENES

_WORD = re.compile(r"[^\W\d_]{2,}")
_VALUE = re.compile(r"%\(\w+\)s|\{\w*[^{}]*\}")


@cache
def _english() -> re.Pattern[str]:
    """What matches a message of ours that is another one in German, whatever its values."""
    found = [text for message in messages() for text in _forms(message.id) if _has_other(text)]
    return re.compile("|".join(sorted(map(_with_values, found), key=len, reverse=True)))


def _forms(message: Id) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else message


def _has_other(text: str) -> bool:
    """Whether *text* is another one in German, and more than a word, which may be of both."""
    words = _WORD.findall(_VALUE.sub(" ", text))
    return len(words) > 1 and catalog("de").gettext(text) != text


def _with_values(text: str) -> str:
    return ".+".join(map(re.escape, _VALUE.split(text)))


def _left_in_english(html: str) -> list[str]:
    texts = (" ".join(text.split()) for text in on_page(html, "de"))
    return [text for text in texts if _english().fullmatch(text)]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_german_page_has_no_english_text_of_ours(scene: Callable[[], str]) -> None:
    with speaking("de"):
        page = scene()
    assert '<html lang="de"' in page
    assert not _left_in_english(page)


def test_english_texts_are_found_on_a_page() -> None:
    page = '<p>Your server <b title="Choose a job profile">is full</b>, Write a short text.</p>'
    assert _left_in_english(page.replace(", ", "<br>")) == ["Write a short text."]
    assert _left_in_english('<p lang="en">Write a short text.</p>') == []


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_an_english_page_follows_a_german_one(scene: Callable[[], str]) -> None:
    english = scene()
    with speaking("de"):
        german = scene()
    assert german != english
    assert _timeless(scene()) == _timeless(english)


def _timeless(html: str) -> str:
    return re.sub(r"\d+", "0", html)


def test_one_environment_draws_both() -> None:
    pages = [render("404.html", status_code=404, language=name) for name in ("de", "en", "de")]
    assert ['<html lang="de"' in page for page in pages] == [True, False, True]
