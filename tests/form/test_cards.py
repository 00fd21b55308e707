"""The presets as cards."""

import pytest

from hub_config.form.cards import cards
from hub_config.i18n.catalog import catalog
from hub_config.model.offer import Offer
from hub_config.said import spoken
from tests.form.clusters import EIGHT, overview
from tests.form.conftest import View
from tests.form.offers import make


@pytest.mark.parametrize(
    ("asked", "selected"),
    [("", "small"), ("learn", "learn"), ("project", "small"), ("gone", "small")],
)
def test_exactly_one_card_is_selected_and_it_can_be_taken(
    offer: Offer, asked: str, selected: str
) -> None:
    assert [card.value for card in cards(offer, asked, overview(), EIGHT) if card.selected] == [
        selected
    ]


def test_cards_stand_in_the_admins_order(offer: Offer) -> None:
    assert [card.value for card in cards(offer, "", overview(), EIGHT)] == [
        "small",
        "online",
        "learn",
        "project",
    ]


def test_a_locked_card_says_why(offer: Offer) -> None:
    assert [card.locked for card in cards(offer, "", overview(), EIGHT) if card.locked] == [
        "needs group miklip or staff"
    ]


def test_nothing_is_selected_where_all_is_locked(show: View) -> None:
    locked = {"id": "a", "title": "A", "partition": "gpu", "memory": "1G", "walltime": "1h"}
    form = show(offer=make({"presets": (locked | {"groups": ("miklip",)},)}))
    assert not form.startable
    assert not any(card.selected for card in form.cards)


@pytest.mark.parametrize(
    ("name", "facts", "internet"),
    [
        ("small", ("shared", "1 core", "2.5 GB", "12 h"), False),
        ("online", ("prepost", "2 cores", "5 GB", "1.5 h"), True),
        ("learn", ("gpu", "1 core", "8 GB", "1 h", "2 × a100"), True),
    ],
)
def test_a_card_shows_the_facts_of_its_preset(
    offer: Offer, name: str, facts: tuple[str, ...], internet: bool
) -> None:
    card = {card.value: card for card in cards(offer, "", overview(), EIGHT)}[name]
    assert (card.facts, card.internet) == (facts, internet)


def test_a_card_carries_what_it_writes_into_the_advanced_fields(offer: Offer) -> None:
    learn = {card.value: card for card in cards(offer, "", overview(), EIGHT)}["learn"]
    assert learn.values == {
        "partition": "gpu", "cores": "1", "memory": "8", "walltime": "1", "gpus": "2",
        "gpu_type": "a100", "constraint": "nvlink", "application": "lab",
    }  # fmt: skip


def test_a_card_says_how_soon_but_not_a_locked_one(offer: Offer) -> None:
    hints = {
        card.value: card.hint and card.hint.text for card in cards(offer, "", overview(), EIGHT)
    }
    assert hints == {"small": "free now", "online": None, "learn": None, "project": None}


def test_a_card_speaks_german(offer: Offer) -> None:
    online = cards(offer, "", overview(), EIGHT)[1]
    said = [spoken(fact, catalog("de")) for fact in online.facts]
    assert said == ["prepost", "2 Kerne", "5 GB", "1,5 h"]
