"""The texts that JupyterLab shows: each is there in every language of the pages, none is left."""

import json
import re

import pytest

from hub_config.i18n import LANGUAGES
from tests.singleuser.job import LAUNCHER

STATIC = LAUNCHER.with_name("labextension") / "static"
_SAID = re.compile(r"""\bt\(\s*("(?:[^"\\]|\\.)*")""")
_ENTRY = re.compile(r"""^ {4}("(?:[^"\\]|\\.)*"):\s*("(?:[^"\\]|\\.)*"),$""", re.MULTILINE)
_VALUE = re.compile(r"\{\w+\}")


def said() -> set[str]:
    """Every text in the sources."""
    return {
        json.loads(text) for file in STATIC.glob("*.js") for text in _SAID.findall(file.read_text())
    }


def translations(language: str) -> dict[str, str]:
    source = (STATIC / "words.js").read_text()
    block = source.partition(f"\n  {language}: {{\n")[2].partition("\n  },")[0]
    return {json.loads(english): json.loads(text) for english, text in _ENTRY.findall(block)}


def test_there_is_something_to_say() -> None:
    assert len(said()) > 10
    assert "Close" in said()


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_is_translated_and_nothing_else(language: str) -> None:
    assert set(translations(language)) == said()


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_translations_keep_the_values(language: str) -> None:
    for english, text in translations(language).items():
        assert sorted(_VALUE.findall(text)) == sorted(_VALUE.findall(english)), english


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_warning_fits_into_a_notification(language: str) -> None:
    """JupyterLab cuts longer ones."""
    known = translations(language) if language in LANGUAGES[1:] else {text: text for text in said()}
    warnings = [text for english, text in known.items() if "Save your work" in english]
    assert len(warnings) == 2
    for text in warnings:
        assert len(text.format(minutes=15, time="12:59 PM")) <= 140


def test_no_text_is_put_together_of_parts() -> None:
    for file in STATIC.glob("*.js"):
        assert not re.search(r"\bt\(`", file.read_text()), file.name
