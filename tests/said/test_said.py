"""Texts that can be said in two languages, and are English wherever nobody asks."""

import copy
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pytest

from hub_config.said import Text, from_json, given, said, said_n, spoken, together

WORDS: Mapping[str, str] = {
    "Job {job} waits: {why}": "Job {job} wartet: {why}",
    "Others are before you.": "Andere sind vor Ihnen.",
    "{n} core": "{n} Kern",
    "{n} cores": "{n} Kerne",
    "100 % {ready}": "zu 100 % {ready}",
}


class German:
    """A catalog."""

    language = "de"

    def gettext(self, message: str) -> str:
        return WORDS.get(message, message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


WAITS = said("Job {job} waits: {why}", job=7, why=said("Others are before you."))
CASES = [
    (WAITS, "Job 7 waits: Others are before you.", "Job 7 wartet: Andere sind vor Ihnen."),
    (said_n("{n} core", "{n} cores", 1), "1 core", "1 Kern"),
    (said_n("{n} core", "{n} cores", 3), "3 cores", "3 Kerne"),
    (said("100 % {ready}"), "100 % {ready}", "zu 100 % {ready}"),
    (said("Only English."), "Only English.", "Only English."),
    (
        together(said("Others are before you."), "", "slurmctld: no"),
        "Others are before you. slurmctld: no",
        "Andere sind vor Ihnen. slurmctld: no",
    ),
]


@pytest.mark.parametrize(("text", "english", "german"), CASES)
def test_a_text_is_english_and_can_be_said_in_german(text: Text, english: str, german: str) -> None:
    assert text == english
    assert json.loads(json.dumps({"message": text})) == {"message": english}
    assert spoken(text, German()) == german


@pytest.mark.parametrize(("text", "english", "german"), CASES)
def test_it_can_be_kept(text: Text, english: str, german: str) -> None:
    kept = from_json(json.loads(json.dumps(text.to_json())))  # type: ignore[attr-defined]
    assert kept == english
    assert spoken(kept, German()) == german


@pytest.mark.parametrize("rubbish", [None, 3, [], {}, {"parts": 3}, {"message": "a", "values": 1}])
def test_what_was_not_kept_by_us_is_nothing(rubbish: object) -> None:
    assert from_json(rubbish) == ""


def test_a_value_with_braces_is_a_value() -> None:
    text = said("Job {job} waits: {why}", job="{why}", why="{0.__class__}")
    assert text == "Job {why} waits: {0.__class__}"
    assert spoken(text, German()) == "Job {why} wartet: {0.__class__}"


def test_a_text_of_an_admin_is_english_or_the_first() -> None:
    both = given({"de": "Heute kein Betrieb", "en": "Closed today"})
    assert both == "Closed today"
    assert spoken(both, German()) == "Heute kein Betrieb"
    assert given({"fr": "Fermé"}) == spoken(given({"fr": "Fermé"}), German()) == "Fermé"
    assert given({}) == ""


@dataclass(frozen=True)
class Holder:
    text: str


def test_copies_can_be_said_too() -> None:
    copied = copy.deepcopy(WAITS), asdict(Holder(WAITS))["text"]
    assert [spoken(one, German()) for one in copied] == [spoken(WAITS, German())] * 2


def test_what_is_no_text_is_left_alone() -> None:
    assert [spoken(value, German()) for value in (None, 3, "7 cores")] == [None, 3, "7 cores"]
