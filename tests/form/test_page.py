"""The whole form: which pane, the limits, the troubles, and that the judge takes what it shows."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.cluster.facts import Outage
from hub_config.form import FormView, read, view
from hub_config.form.answers import FIELDS
from hub_config.form.fields import AMOUNTS, Field
from hub_config.form.page import Trouble
from hub_config.model.offer import Offer
from hub_config.model.resolve import BadAnswers, Defaults, resolve
from tests.form.clusters import occupancy, overview
from tests.form.conftest import View
from tests.form.offers import make

DEFAULTS = Defaults(600, 120)


@pytest.mark.parametrize(
    ("answers", "server_name", "active"),
    [
        ({}, "", "preset"),
        ({}, "preset", "preset"),
        ({}, "advanced", "advanced"),
        ({"profile": "advanced"}, "preset", "advanced"),
        ({"profile": "small"}, "advanced", "preset"),
        ({"profile": "project"}, "advanced", "preset"),
        ({"profile": "gone"}, "", "preset"),
        ({"profile": "gone"}, "advanced", "advanced"),
        ({"account": "ab0995"}, "", "preset"),
        ({"partition": "gpu"}, "", "advanced"),
        ({"profile": "small", "cores": "4"}, "", "preset"),
        ("nonsense", "", "preset"),
    ],
)
def test_the_active_pane(show: View, answers: object, server_name: str, active: str) -> None:
    assert show(answers, server_name=server_name).active == active


def test_only_presets_are_no_reason_for_two_panes(show: View) -> None:
    form = show({"profile": "advanced"}, offer=make({"advanced": None}), server_name="advanced")
    assert (form.active, form.advanced, len(form.cards)) == ("preset", False, 4)
    assert form.advanced_fields == ()


def test_only_the_advanced_form(show: View) -> None:
    form = show(offer=make({"presets": ()}), server_name="preset")
    assert (form.active, form.advanced, form.cards, form.preset_fields) == (
        "advanced",
        True,
        (),
        (),
    )


def test_nobody_is_offered_a_form_without_partitions(show: View) -> None:
    hidden = {"advanced": {"partitions": {"shared": {"groups": ("staff",)}}}, "presets": ()}
    form = show(offer=make(hidden))
    assert (form.advanced, form.advanced_fields, form.cards, form.table.rows) == (False, (), (), ())


def test_times_that_reach_into_maintenance_are_told_before_and_after_posting(show: View) -> None:
    now = time.time()
    closed = occupancy(outages=(Outage(now + 6.5 * 3600, None),))
    seen = overview({"shared": closed})
    assert show(overview=seen).crossing is None, "the default is an hour"
    posted = show({"profile": "advanced", "walltime": "12h"}, overview=seen).crossing
    assert posted is not None and posted.fits == pytest.approx(6.4 * 3600, abs=300)
    assert (
        show({"profile": "advanced", "partition": "gpu", "walltime": "12"}, overview=seen).crossing
        is None
    )
    assert show({"walltime": "soon"}, overview=seen).crossing is None


def test_a_trouble_leads_to_its_control(show: View) -> None:
    errors = {"cores": "Too many.", "command": "command is not open to choice here."}
    assert show({"profile": "advanced"}, errors).troubles == (
        Trouble("Number of cores: Too many.", "advanced-cores"),
        Trouble("command is not open to choice here."),
    )


def test_a_trouble_with_a_field_of_the_other_pane_has_no_control(show: View) -> None:
    form = show({"profile": "small"}, {"cores": "cores is settled by the preset small."})
    assert form.troubles == (Trouble("Number of cores: cores is settled by the preset small."),)
    assert not any(field.error for field in form.advanced_fields)


@pytest.mark.parametrize(
    ("answers", "target", "shown"),
    [({"profile": "gone"}, "preset-profile", "No."), ({"profile": "advanced"}, "", "")],
)
def test_a_trouble_with_the_profile(
    show: View, answers: dict[str, str], target: str, shown: str
) -> None:
    form = show(answers, {"profile": "No."})
    assert form.troubles == (Trouble("Job profile: No.", target),)
    assert form.cards_error == shown


def browser(form: FormView, **typed: str) -> dict[str, list[str]]:
    """What a browser would post of the active pane, nothing changed but *typed*."""

    def value(field: Field) -> str:
        if field.choices:
            return next((c for c in field.choices if c.selected), field.choices[0]).value
        return field.value

    fields = form.advanced_fields if form.active == "advanced" else form.preset_fields
    chosen = next((card.value for card in form.cards if card.selected), "")
    posted = {"profile": "advanced" if form.active == "advanced" else chosen, "_xsrf": "token"}
    return {
        name: [text]
        for name, text in (posted | {field.name: value(field) for field in fields} | typed).items()
    }


@pytest.mark.parametrize("partition", ["shared", "prepost", "gpu"])
def test_what_the_advanced_form_shows_can_be_started(
    offer: Offer, show: View, partition: str
) -> None:
    form = show({"profile": "advanced", "partition": partition})
    request = resolve(offer, read(browser(form)), DEFAULTS)
    limits = offer.partitions[partition]
    assert (request.partition, request.account) == (partition, "bm0146")
    assert request.memory == limits.memory.default
    assert request.walltime == limits.walltime.default
    assert request.gpus == limits.gpus.default


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("partition", ["shared", "prepost", "gpu"])
def test_both_ends_of_what_the_script_allows_can_be_started(
    offer: Offer, show: View, partition: str, end: int
) -> None:
    form = show({"profile": "advanced", "partition": partition})
    spans = (form.script["spans"][n] for n in form.script["limits"][partition])
    ends = {name: str(span[end]) for name, span in zip(AMOUNTS, spans, strict=False)}
    assert resolve(offer, read(browser(form, **ends)), DEFAULTS).partition == partition


@pytest.mark.parametrize("preset", ["small", "online", "learn"])
def test_what_the_preset_form_shows_can_be_started(offer: Offer, show: View, preset: str) -> None:
    request = resolve(offer, read(browser(show({"profile": preset}))), DEFAULTS)
    assert (request.profile, request.account) == (preset, "bm0146")


def test_what_the_judge_refuses_is_shown_at_its_field(offer: Offer, show: View) -> None:
    answers = read(browser(show(server_name="advanced"), cores="72", memory="lots"))
    with pytest.raises(BadAnswers) as refused:
        resolve(offer, answers, DEFAULTS)
    fields = {f.name: f for f in show(answers, refused.value.errors).advanced_fields}
    assert {name for name, field in fields.items() if field.error} == {"cores", "memory"}
    assert (fields["cores"].value, fields["memory"].value) == ("72", "lots")


@given(
    st.dictionaries(
        st.sampled_from(sorted(FIELDS)) | st.text(),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    )
)
def test_any_answers_make_a_form(answers: dict[str, object]) -> None:
    offer = make()
    errors: dict[str, str] = {}
    try:
        resolve(offer, answers, DEFAULTS)
    except BadAnswers as refused:
        errors = refused.errors
    form = view(offer, server_name="", answers=answers, errors=errors, user="alice")
    assert len(form.troubles) == len(errors)
