"""What the form remembers is shown as far as it can still be chosen, below links and posts."""

from collections.abc import Mapping
from typing import Any

import pytest

from hub_config.form import FormView, pane_of, view
from hub_config.form.kept import possible
from hub_config.model.offer import Offer
from hub_config.model.resolve import Defaults, resolve
from tests.form.offers import PROFILES, by_name, make

PRESET = {"profile": "online", "account": "ab0995", "qos": "normal"}
WIDE = {
    "profile": "advanced", "account": "ab0995", "partition": "gpu", "cores": "8", "memory": "64G",
    "walltime": "2.5h", "gpus": "2", "gpu_type": "v100", "constraint": "nvlink",
}  # fmt: skip
DEFAULTS = Defaults(start_timeout=60, http_timeout=60)


def drawn(
    remembered: Mapping[str, Mapping[str, str]],
    answers: object = None,
    *,
    offer: Offer | None = None,
    server_name: str = "",
    posted: bool = False,
) -> FormView:
    return view(
        offer or make(), server_name=server_name, answers=answers, errors={}, user="alice",
        remembered=remembered, posted=posted,
    )  # fmt: skip


def values(form: FormView, pane: str) -> dict[str, str]:
    """Return what the fields of a pane show, where that is anything."""
    fields = by_name(form.preset_fields if pane == "preset" else form.advanced_fields)
    chosen = {
        name: next((c.value for c in field.choices if c.selected), "") or field.value
        for name, field in fields.items()
    }
    return {name: value for name, value in chosen.items() if value}


def card(form: FormView) -> str:
    return next(card.value for card in form.cards if card.selected)


def test_both_panes_show_their_own() -> None:
    form = drawn({"advanced": WIDE, "preset": PRESET})
    assert (form.active, set(form.saved)) == ("advanced", {"preset", "advanced"})
    assert card(form) == "online"
    assert values(form, "preset") == {"account": "ab0995", "qos": "normal"}
    shown = values(form, "advanced")
    assert (shown["partition"], shown["cores"], shown["memory"]) == ("gpu", "8", "64")
    assert (shown["walltime"], shown["gpus"], shown["gpu_type"]) == ("2.5", "2", "v100")
    assert next(f.range for f in form.advanced_fields if f.name == "gpus") == "[0–4]"


def test_without_a_memory_nothing_is_saved() -> None:
    form = drawn({})
    assert (form.saved, form.active, card(form)) == ((), "preset", "small")


@pytest.mark.parametrize(
    ("order", "server", "active"),
    [
        (("preset", "advanced"), "", "preset"),
        (("advanced", "preset"), "", "advanced"),
        (("advanced", "preset"), "preset", "preset"),
        (("preset", "advanced"), "advanced", "advanced"),
        (("advanced", "preset"), "third", "advanced"),
    ],
)
def test_the_pane_used_last_is_open_unless_the_server_has_a_panes_name(
    order: tuple[str, ...], server: str, active: str
) -> None:
    all_of_it = {"preset": PRESET, "advanced": WIDE}
    form = drawn({pane: all_of_it[pane] for pane in order}, server_name=server)
    assert form.active == active


# --- links and posts


def test_a_links_values_are_all_that_its_pane_shows_but_the_account_stays() -> None:
    link = {"profile": "advanced", "partition": "shared", "cores": "4"}
    form = drawn({"advanced": WIDE, "preset": PRESET}, link)
    shown = values(form, "advanced")
    assert (shown["partition"], shown["cores"], shown["account"]) == ("shared", "4", "ab0995")
    fresh = values(drawn({}, link), "advanced")
    assert {n: v for n, v in shown.items() if n != "account"} == {
        n: v for n, v in fresh.items() if n != "account"
    }
    assert form.saved == ("preset",)
    assert card(form) == "online"


def test_a_link_with_an_account_has_that_account() -> None:
    form = drawn({"preset": PRESET}, {"profile": "small", "account": "bm0146"})
    assert (card(form), values(form, "preset")["account"]) == ("small", "bm0146")


def test_what_was_posted_stands_alone_in_its_pane() -> None:
    form = drawn({"advanced": WIDE}, {"profile": "advanced", "partition": "shared"}, posted=True)
    assert "account" not in values(form, "advanced")
    assert form.saved == ()


# --- what is not possible any more


def wide_but(name: str) -> dict[str, str]:
    return {key: text for key, text in WIDE.items() if key != name}


CHANGES: list[tuple[str, dict[str, str], dict[str, Any], dict[str, str]]] = [
    ("preset", PRESET, {"accounts": ("bm0146",)}, {"profile": "online", "qos": "normal"}),
    ("preset", PRESET, {"qos": ()}, {"profile": "online", "account": "ab0995"}),
    ("preset", {**PRESET, "profile": "gone"}, {}, {**PRESET, "profile": "small"}),
    ("preset", {**PRESET, "profile": "project"}, {}, {**PRESET, "profile": "small"}),
    ("preset", {**PRESET, "cores": "4"}, {}, PRESET),
    ("advanced", {**WIDE, "cores": "400"}, {}, wide_but("cores")),
    ("advanced", {**WIDE, "gpu_type": "h100"}, {}, wide_but("gpu_type")),
    ("advanced", {**WIDE, "walltime": "soon"}, {}, wide_but("walltime")),
    ("advanced", {**WIDE, "partition": "gone"}, {},
     {"profile": "advanced", "account": "ab0995", "partition": "shared"}),
    ("advanced", {**WIDE, "command": "x", "account": "other"}, {},
     wide_but("account")),
]  # fmt: skip


@pytest.mark.parametrize(("pane", "answers", "known", "left"), CHANGES)
def test_what_the_judge_refuses_today_is_dropped(
    pane: Any, answers: dict[str, str], known: dict[str, Any], left: dict[str, str]
) -> None:
    assert possible(make(**known), pane, answers) == left


@pytest.mark.parametrize(("pane", "answers", "known", "left"), CHANGES)
def test_what_is_left_could_be_started_with_an_account(
    pane: Any, answers: dict[str, str], known: dict[str, Any], left: dict[str, str]
) -> None:
    offer = make(**known)
    resolve(offer, {"account": "bm0146"} | possible(offer, pane, answers), DEFAULTS)


def test_where_nothing_is_open_nothing_of_it_is_used() -> None:
    groups = {"groups": ("staff",)}
    closed = {
        "presets": tuple(preset | groups for preset in PROFILES["presets"]),
        "advanced": PROFILES["advanced"] | groups,
    }
    form = drawn({"advanced": WIDE, "preset": PRESET}, offer=make(closed))
    assert (form.active, form.startable, form.advanced) == ("preset", False, False)


@pytest.mark.parametrize(
    "stored", [{}, {"profile": "x" * 5000}, {"cores": "9" * 4000}, {"": ""}, {"account": "\ud800"}]
)
def test_strange_memories_break_nothing(stored: dict[str, str]) -> None:
    form = drawn({"preset": stored, "advanced": stored, "other": stored})
    assert card(form) == "small"


def test_the_pane_of_accepted_answers() -> None:
    assert [pane_of(WIDE), pane_of(PRESET), pane_of({})] == ["advanced", "preset", "preset"]
