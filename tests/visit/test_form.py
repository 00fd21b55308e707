"""The spawn page, drawn by the hub's own templates, as the program reads it."""

from dataclasses import replace
from typing import Any

from hub_config import form
from hub_config.model.offer import PresetOffer
from hub_config.visit.form import SpawnForm, read_form
from tests.pages.drawing import User, example_offer, render

ACTION = "/hub/spawn/alice/smoke-1?next=%2Fhub%2Fhome"


def page(locked: str = "", **view: Any) -> SpawnForm:
    """Return the page of the example centre as read; *locked* is a preset that is closed."""
    offer = example_offer()
    if locked:
        closed = PresetOffer(offer.presets[locked].preset, "needs group x")
        offer = replace(offer, presets={**offer.presets, locked: closed})
    options: dict[str, Any] = {"server_name": "smoke-1", "answers": {}, "errors": {}, **view}
    shown = form.view(offer, user="alice", **options)
    html = render("spawn.html", for_user=User(), form=shown, server_name="smoke-1", action=ACTION)
    return read_form(html)


def test_every_preset_is_found_with_its_promises() -> None:
    found = page()
    assert [card.id for card in found.cards] == list(example_offer().presets)
    first = found.cards[0]
    assert first.title == "2.5 GB memory, 1 core, shared, 12:00h"
    wanted = {"partition": "shared", "cores": "1", "memory": "2.5", "walltime": "12", "gpus": "0"}
    assert wanted.items() <= first.values.items()


def test_where_it_goes_and_what_it_sends() -> None:
    found = page()
    assert found.action == ACTION
    # The first account is what the browser sends if nobody touches the select.
    assert found.answers["account"] == "bm0146"
    assert not {"profile", "_xsrf"} & set(found.answers)


def test_fields_of_the_advanced_form_are_not_sent() -> None:
    assert not {"cores", "memory", "walltime", "partition"} & set(page().answers)


def test_a_locked_preset_is_known_as_such() -> None:
    locked = {card.id for card in page(locked="shared-2").cards if card.locked}
    assert "shared-2" in locked
    assert "shared-1" not in locked


def test_what_the_page_says_went_wrong() -> None:
    found = page(message="sbatch: error: Invalid qos specification")
    wanted = "Your server was not started sbatch: error: Invalid qos specification"
    assert found.trouble == wanted
    assert page().trouble == ""


def test_errors_at_fields_are_told_too() -> None:
    found = page(errors={"account": "Choose one."}, answers={"profile": "shared-1"})
    assert "Choose one." in found.trouble


def test_another_page_has_no_form() -> None:
    assert read_form("<html><form id='login' action='/x'></form></html>").action == ""


def test_an_error_page_of_jupyterhub() -> None:
    html = render("error.html", status_code=400, status_message="Bad Request", message="Too many")
    assert "Too many" in read_form(html).trouble
