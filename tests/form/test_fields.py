"""Controls, choices, ranges, kept values and errors of the fields."""

import pytest

from hub_config.model.budget import Budget, Project
from hub_config.model.offer import Offer
from tests.form.conftest import View
from tests.form.offers import by_name, make


def values(
    offer: Offer, show: View, name: str, pane: str = "advanced", **answers: str
) -> list[str]:
    form = show(answers, offer=offer)
    fields = form.advanced_fields if pane == "advanced" else form.preset_fields
    return [choice.value for choice in by_name(fields)[name].choices]


def test_fields_are_those_of_the_admin_in_their_order(offer: Offer, show: View) -> None:
    form = show()
    assert tuple(f.name for f in form.advanced_fields) == offer.fields
    assert tuple(f.name for f in form.preset_fields) == offer.preset_fields


def test_ids_are_unique_over_both_panes(show: View) -> None:
    form = show()
    ids = [field.id for field in (*form.preset_fields, *form.advanced_fields)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("name", "pane", "expected"),
    [
        ("account", "advanced", ["bm0146", "ab0995"]),
        ("account", "preset", ["bm0146", "ab0995"]),
        ("qos", "advanced", ["", "normal"]),
        ("reservation", "advanced", ["", "workshop"]),
        ("partition", "advanced", ["shared", "prepost", "gpu"]),
        ("constraint", "advanced", ["", "64G", "256G", "nvlink"]),
        ("gpu_type", "advanced", ["", "a100", "v100"]),
        ("application", "advanced", ["notebook", "lab"]),
        ("user_script", "advanced", []),
        ("log_name", "advanced", []),
    ],
)
def test_known_choices(offer: Offer, show: View, name: str, pane: str, expected: list[str]) -> None:
    assert values(offer, show, name, pane) == expected


def test_what_the_scheduler_did_not_tell_is_typed(show: View) -> None:
    fields = by_name(show(offer=make(accounts=None, qos=None)).advanced_fields)
    assert (fields["account"].control, fields["qos"].control) == ("text", "text")
    assert fields["account"].required


def test_whoever_has_no_account_reads_so(show: View) -> None:
    field = by_name(show(offer=make(accounts=())).preset_fields)["account"]
    assert [(c.value, c.label) for c in field.choices] == [("", "You have no account yet")]


def test_a_single_choice_stays_visible(show: View) -> None:
    field = by_name(show(offer=make(accounts=("bm0146",))).preset_fields)["account"]
    assert [c.value for c in field.choices] == ["bm0146"]


def test_a_field_that_presets_fill_can_be_left_to_them(show: View) -> None:
    preset = {"id": "a", "title": "A", "partition": "shared", "memory": "1G", "walltime": "1h"}
    changes = {
        "presets": (preset | {"account": "zz0001"},),
        "preset_form": {"fields": ("account", "application"), "required": ("account",)},
    }
    fields = by_name(show(offer=make(changes)).preset_fields)
    for name in ("account", "application"):
        assert (fields[name].choices[0].value, fields[name].required) == ("", False)
        assert fields[name].choices[0].label == "As the profile says"


def test_a_locked_preset_fills_nothing(show: View) -> None:
    preset = {"id": "a", "title": "A", "partition": "shared", "memory": "1G", "walltime": "1h"}
    locked = preset | {"id": "b", "account": "zz0001", "groups": ("miklip",)}
    field = by_name(show(offer=make({"presets": (preset, locked)})).preset_fields)["account"]
    assert field.required
    assert [c.value for c in field.choices] == ["bm0146", "ab0995"]


@pytest.mark.parametrize(
    ("partition", "name", "value", "label"),
    [
        ("", "cores", "1", "[1–48]"),
        ("shared", "walltime", "1", "[1–12]"),
        ("shared", "memory", "1", "[0.5–120]"),
        ("prepost", "memory", "5", "[0.5–256]"),
        ("prepost", "walltime", "0.6666", "[0.17–0.66]"),
        ("gpu", "gpus", "1", "[0–4]"),
        ("shared", "gpus", "0", "[0]"),
        ("nowhere", "cores", "1", "[1–48]"),
    ],
)
def test_range_and_default_are_those_of_the_chosen_partition(
    show: View, partition: str, name: str, value: str, label: str
) -> None:
    field = by_name(show({"profile": "advanced", "partition": partition}).advanced_fields)[name]
    assert (field.value, field.range) == (value, label)


def test_without_a_script_the_browser_refuses_nothing_that_some_partition_allows(
    show: View,
) -> None:
    fields = by_name(show().advanced_fields)
    assert (fields["cores"].minimum, fields["cores"].maximum) == ("1", "48")
    assert (fields["memory"].minimum, fields["memory"].maximum) == ("0.5", "256")
    assert (fields["walltime"].minimum, fields["walltime"].maximum) == ("0.1666", "12")
    assert [fields[name].step for name in ("cores", "gpus", "memory", "walltime")] == [
        "1", "1", "any", "any",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("partition", "expected"), [("shared", "unused"), ("gpu", "used"), ("prepost", "unused")]
)
def test_gpu_fields_say_whether_the_partition_has_any(
    show: View, partition: str, expected: str
) -> None:
    fields = by_name(show({"profile": "advanced", "partition": partition}).advanced_fields)
    assert (fields["gpus"].gpu, fields["gpu_type"].gpu, fields["cores"].gpu) == (
        expected, expected, "",
    )  # fmt: skip


def test_where_nobody_has_gpus_nobody_is_asked(show: View) -> None:
    advanced = {
        "fields": ("partition", "cores", "gpus", "gpu_type"),
        "partitions": {"shared": {"cores": {"max": 4}}},
    }
    fields = by_name(show(offer=make({"advanced": advanced, "presets": ()})).advanced_fields)
    assert list(fields) == ["partition", "cores"]
    assert fields["cores"].fixed is False


def test_a_number_without_choice_is_fixed(show: View) -> None:
    partitions = {"shared": {"cores": {"default": 4, "min": 4, "max": 4}}}
    advanced = {"fields": ("partition", "cores"), "partitions": partitions}
    field = by_name(show(offer=make({"advanced": advanced, "presets": ()})).advanced_fields)[
        "cores"
    ]
    assert (field.value, field.range, field.fixed) == ("4", "[4]", True)


def test_answers_are_kept(show: View) -> None:
    answers = {
        "profile": "advanced", "partition": "gpu", "cores": "9", "memory": "2560M", "gpus": 3,
        "gpu_type": "v100", "account": "ab0995", "user_script": "~/mine", "log_name": "mine",
    }  # fmt: skip
    fields = by_name(show(answers).advanced_fields)
    kept = {
        name: field.value or next((c.value for c in field.choices if c.selected), "")
        for name, field in fields.items()
    }
    assert kept == {
        "account": "ab0995", "partition": "gpu", "reservation": "", "walltime": "1", "cores": "9",
        "memory": "2.5", "gpus": "3", "gpu_type": "v100", "qos": "", "log_name": "mine",
        "constraint": "", "application": "", "user_script": "~/mine",
    }  # fmt: skip


def test_the_centres_log_name_stands_in_its_field(show: View) -> None:
    assert by_name(show().advanced_fields)["log_name"].value == "jupyter_advanced"


def test_an_error_explains_its_control_first(show: View) -> None:
    fields = by_name(show({"profile": "advanced"}, {"cores": "Too many."}).advanced_fields)
    assert fields["cores"].error == "Too many."
    assert fields["cores"].described_by == "advanced-cores-error advanced-cores-help"
    assert fields["gpus"].described_by == "advanced-gpus-help"


def test_an_account_of_which_nothing_is_left_says_so(show: View) -> None:
    spent = Budget(tres="cpu", limit=60, used=60, holder="bm0146")
    for projects, label in (
        ((Project(account="bm0146", budgets=(spent,)),), "bm0146 – budget used up"),
        ((Project(account="bm0146"),), "bm0146"),
        # It can still be charged in the other partitions.
        (
            (
                Project(account="bm0146"),
                Project(account="bm0146", partition="gpu", budgets=(spent,)),
            ),
            "bm0146",
        ),
        ((), "bm0146"),
    ):
        form = show(offer=make(projects=projects))
        for fields in (form.preset_fields, form.advanced_fields):
            assert [(one.value, one.label) for one in by_name(fields)["account"].choices] == [
                ("bm0146", label),
                ("ab0995", "ab0995"),
            ]
