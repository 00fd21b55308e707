"""What site.yml says of the centre: texts in one language or several, links, times, the contact."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from hub_config.model.branding import Branding
from hub_config.said import Given


def branding(**values: Any) -> Branding:
    return Branding.model_validate_json(json.dumps(values))


def refusal(**values: Any) -> str:
    with pytest.raises(ValidationError) as error:
        branding(**values)
    (finding,) = error.value.errors()
    return f"{'.'.join(map(str, finding['loc']))}: {finding['msg']}"


# --- texts


def test_a_text_is_for_everybody() -> None:
    assert branding(maintenance="Closed on Tuesday.").maintenance == "Closed on Tuesday."


def test_a_text_in_two_languages_is_english_for_logs() -> None:
    text = branding(welcome={"de": "Hallo", "en": "Hello"}).welcome
    assert isinstance(text, Given)
    assert (text, text.languages) == ("Hello", {"de": "Hallo", "en": "Hello"})


def test_texts_are_written_back_as_they_were() -> None:
    written = {"welcome": {"de": "Hallo"}, "maintenance": "Closed."}
    dumped = branding(**written).model_dump(mode="json", exclude_unset=True)
    assert dumped == written


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ({"fr": "Bonjour"}, '"fr" is no language of the pages — write en or de'),
        ({}, "is empty — write a text, or one for en or de"),
        ({"en": ""}, "is empty or has several lines — write some text"),
        ({"en": "a\nb"}, "is empty or has several lines — write some text"),
        (" ", "is empty or has several lines — write some text"),
        (5, "is no text — write a text in quotes, or one for en or de"),
        (None, ""),
        ({"en": None}, "is no text — write a text in quotes, or one for en or de"),
        ("x" * 201, "has 201 characters — write at most 200 characters"),
    ],
)
def test_what_is_no_text_is_refused_with_its_cure(text: object, told: str) -> None:
    if not told:
        assert branding(maintenance=text).maintenance is None
        return
    assert refusal(maintenance=text).endswith(told)


def test_a_passage_has_several_lines() -> None:
    assert branding(welcome="One.\n\nTwo.").welcome == "One.\n\nTwo."


# --- news


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", 20260301, None])
def test_a_day_is_a_date(day: object) -> None:
    assert "is no day — write for example 2026-03-01" in refusal(news=[{"date": day, "title": "a"}])


# --- announcements


@pytest.mark.parametrize("moment", ["tomorrow", "2026-03-01T08:00", "2026-03-01", 5])
def test_a_moment_has_its_time_zone(moment: object) -> None:
    told = refusal(announcements=[{"text": "a", "start": moment}])
    assert "is no moment with its time zone — write for example 2026-03-01T08:00+01:00" in told


@pytest.mark.parametrize("end", ["2026-03-01T08:00+01:00", "2026-03-01T06:59:59Z"])
def test_an_announcement_ends_after_its_start(end: str) -> None:
    times = {"start": "2026-03-01T08:00+01:00", "end": end}
    told = refusal(announcements=[{"text": "a", **times}])
    assert told.endswith("ends before it starts — write an end after its start")


@pytest.mark.parametrize(
    "wrong", [{"where": ["kitchen"]}, {"severity": "huge"}, {"where": ["lab"] * 2}]
)
def test_places_and_severities_are_known(wrong: dict[str, Any]) -> None:
    assert refusal(announcements=[{"text": "a", **wrong}]).startswith("announcements.0.")


# --- the contact


def test_a_mail_has_its_subject_and_body() -> None:
    made = branding(contact="help+hpc@example.org")
    assert made.support() == "mailto:help%2Bhpc@example.org"
    assert made.support("It's broken & slow?", "one\ntwo") == (
        "mailto:help%2Bhpc@example.org?subject=It%27s%20broken%20%26%20slow%3F&body=one%0Atwo"
    )


def test_a_form_has_them_where_its_address_says() -> None:
    made = branding(contact="https://desk.example.org/new?s={subject}&b={body}&{other}")
    assert made.support("a&b", "{subject}") == (
        "https://desk.example.org/new?s=a%26b&b=%7Bsubject%7D&{other}"
    )


def test_a_plain_address_stays_as_it_is() -> None:
    assert branding(contact="https://desk.example.org").support("a", "b") == (
        "https://desk.example.org"
    )


def test_without_a_contact_there_is_no_link() -> None:
    assert Branding().support("a", "b") == ""


@pytest.mark.parametrize("contact", ["help", "javascript:alert(1)", "a@b c", "mailto:a@b.org", ""])
def test_a_contact_is_an_address_or_a_url(contact: str) -> None:
    assert "is neither an address nor a URL" in refusal(contact=contact)
