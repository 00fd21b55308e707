"""What the form remembers and gives away, as HTML: it works without a script."""

import re
from functools import cache

import pytest

from tests.pages.drawing import User, speaking
from tests.pages.hostile import PAYLOADS
from tests.pages.markup import Element, Page, parse
from tests.pages.scenes_form import spawn
from tests.pages.scenes_memory import SAVED, preview, remembered


def saved(page: Page) -> list[Element]:
    return page.where(lambda e: "berth-saved" in e["class"].split())


def test_the_saved_options_stand_in_their_fields() -> None:
    page = parse(remembered())
    assert page.one(id="advanced-cores")["value"] == "8"
    assert page.one(id="advanced-walltime")["value"] == "2.5"
    (card,) = [e for e in page.all("input", name="profile") if "checked" in e.attributes]
    assert card["value"] == "prepost-2"
    assert len(saved(page)) == 2


def test_reset_is_a_form_of_its_own_for_each_pane() -> None:
    page = parse(remembered(action="/hub/spawn/alice?next=/hub/token&x"))
    actions = [form["action"] for form in saved(page)]
    after = "next=/hub/spawn/alice%3Fnext%3D/hub/token%26x"
    assert actions == [f"/hub/berth/forget/alice/{p}?{after}" for p in ("preset", "advanced")]
    for form in saved(page):
        assert [e.text for e in page.within(form, "button")] == ["Reset"]
        assert not [parent for parent in form.parents if parent.tag == "form"]


def test_without_saved_options_there_is_no_badge() -> None:
    page = parse(spawn())
    assert saved(page) == []
    assert "Options saved" not in page.text
    assert [len(saved(parse(remembered({pane: SAVED[pane]})))) for pane in SAVED] == [1, 1]


def test_an_admin_reads_whose_options_they_are() -> None:
    assert "Filled in as in your last start." in parse(remembered()).text
    text = parse(remembered(user=User("root2"))).text
    assert "Filled in as in the last start of alice." in text


def test_the_preview_is_a_button_of_the_form_but_not_its_first() -> None:
    """The first button of a form is the one that Enter in a field presses."""
    page = parse(spawn(server_name="third"))
    for pane in ("preset", "advanced"):
        (button,) = page.all("button", form=f"{pane}-form")
        assert button["formaction"] == "/hub/berth/preview/alice/third"
        assert "formnovalidate" in button.attributes
        form = page.one("form", id=f"{pane}-form")
        assert form not in button.parents
        assert page.elements.index(button) > page.elements.index(page.within(form, "button")[0])


def test_what_needs_a_script_is_hidden_without_one() -> None:
    page = parse(spawn())
    buttons = page.where(lambda e: "data-copy" in e.attributes)
    assert [b["data-copy"] for b in buttons] == ["/hub/spawn", "/hub/spawn"]
    assert all("hidden" in button.attributes for button in buttons)
    named = parse(spawn(server_name="third")).where(lambda e: "data-copy" in e.attributes)
    assert {button["data-copy"] for button in named} == {"/hub/berth/form/third"}


def test_the_page_of_a_script() -> None:
    page = parse(preview())
    command, script = page.all("pre")
    assert command.text.startswith("/usr/bin/sbatch")
    assert script.text.endswith("0.json'\n")
    assert "Nothing is started yet." in page.text
    assert "as alice" in page.text
    assert (
        page.one("a", class_="btn btn-primary")["href"] == "/hub/spawn/alice?opt-profile=advanced"
    )


REFUSED = "no such <b>thing</b>"


@cache
def drawn(log_name: str = "", every: str = "") -> str:
    """Return the form of somebody with these saved options, without the hub's clock."""
    more = {"log_name": log_name, "user_script": log_name} if log_name else {}
    saved = {**SAVED["advanced"], **more}
    html = remembered({**SAVED, "advanced": dict.fromkeys(saved, every) if every else saved})
    return re.sub(r'"now": \d+', "", html)


STRANGEST = "A-._9" * 12
"""As strange as the judge lets a name of a file be, which nothing on the page may change."""


def test_what_could_still_be_given_is_in_its_field() -> None:
    page = parse(remembered({"advanced": {**SAVED["advanced"], "log_name": STRANGEST}}))
    assert page.one(id="advanced-log_name")["value"] == STRANGEST


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_the_judge_would_refuse_is_not_remembered_anywhere(payload: str) -> None:
    """Such a text comes into a field by an address or a POST only: tests/pages/test_hostile.py."""
    assert drawn(log_name=payload) == drawn()
    assert drawn(every=payload) == drawn(every=REFUSED)
    assert "thing" not in drawn(every=REFUSED)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_values_are_text_wherever_they_are_shown(payload: str) -> None:
    page = parse(preview(command=payload, script=payload, unread=payload))
    assert [e.text for e in page.all("pre")] == [payload, payload]
    page = parse(preview(troubles=[payload], command="", script=""))
    assert page.one("li", dir="auto").text == payload
    assert page.all("pre") == []


def test_in_german() -> None:
    with speaking("de"):
        page, script = parse(remembered()), parse(preview())
    for text in ("Optionen gespeichert", "Zurücksetzen", "Link kopieren", "Job-Skript anzeigen"):
        assert text in page.text
    assert "Noch ist nichts gestartet." in script.text
