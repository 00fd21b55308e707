from dataclasses import replace
from typing import Any

import pytest

from hub_config.model.offer import Offer, Person
from hub_config.model.request import JobRequest
from hub_config.model.resolve import ADVANCED, BadAnswers, Defaults, lasting, resolve
from tests.model.offers import ALICE, DEFAULTS, every_field, offer

PRESET = {"profile": "shared-1", "account": "bm0146"}
FORM = {"profile": ADVANCED, "account": "bm0146", "partition": "shared"}
GPU = {**FORM, "partition": "gpu"}
CAROL = Person("carol", frozenset({"miklip"}), accounts=("miklip",))


def made(answers: object, found: Offer | None = None, defaults: Defaults = DEFAULTS) -> JobRequest:
    return resolve(found or offer(), answers, defaults)


def refused(answers: object, found: Offer | None = None) -> dict[str, str]:
    with pytest.raises(BadAnswers) as bad:
        made(answers, found)
    return bad.value.errors


def test_a_preset_is_what_the_admin_wrote() -> None:
    assert made(PRESET) == JobRequest(
        profile="shared-1",
        partition="shared",
        cores=1,
        memory=2560,
        walltime=43200,
        application="lab",
        url="/lab",
        account="bm0146",
        log_name="jupyterhub_slurmspawner_preset",
        user_script="~/jupyter_preload",
        start_timeout=3600,
        http_timeout=120,
    )


def test_the_advanced_form_with_nothing_chosen_is_its_defaults() -> None:
    assert made(FORM) == JobRequest(
        profile="advanced",
        partition="shared",
        cores=1,
        memory=1024,
        walltime=3600,
        application="notebook",
        url="/tree",
        account="bm0146",
        log_name="jupyterhub_slurmspawner_advanced",
        user_script="~/jupyter_preload",
        start_timeout=3600,
        http_timeout=120,
    )


ACCEPTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "00-account": ({**PRESET, "account": "mh0010"}, {"account": "mh0010"}),
    "01-qos": ({**PRESET, "qos": "express"}, {"qos": "express"}),
    "02-reservation": ({**PRESET, "reservation": "training"}, {"reservation": "training"}),
    "03-empty-is-not-asked": ({**PRESET, "qos": "", "reservation": "  "}, {"qos": ""}),
    "04-other-partition": ({"profile": "prepost-24", "account": "bm0146"}, {"memory": 256 * 1024}),
    "10-cores": ({**FORM, "cores": "48"}, {"cores": 48}),
    "11-cores-as-a-number": ({**FORM, "cores": 48}, {"cores": 48}),
    "12-spaces-around": ({**FORM, "cores": " 4 "}, {"cores": 4}),
    "13-memory": ({**FORM, "memory": "120G"}, {"memory": 120 * 1024}),
    "14-memory-least": ({**FORM, "memory": "512M"}, {"memory": 512}),
    "15-walltime": ({**FORM, "walltime": "1.5h"}, {"walltime": 5400}),
    "16-walltime-as-a-clock": ({**FORM, "walltime": "12:00:00"}, {"walltime": 43200}),
    "17-constraint": ({**FORM, "constraint": "256G"}, {"constraint": "256G"}),
    "18-application": ({**FORM, "application": "lab"}, {"application": "lab", "url": "/lab"}),
    "19-log-name": ({**FORM, "log_name": "my.log"}, {"log_name": "my.log"}),
    "20-gpus": ({**GPU, "gpus": "4"}, {"gpus": 4, "gpu_type": ""}),
    "21-gpus-by-default": (GPU, {"gpus": 1}),
    "22-no-gpus": ({**GPU, "gpus": "0"}, {"gpus": 0}),
    "23-no-gpus-where-there-are-none": ({**FORM, "gpus": "0"}, {"gpus": 0}),
    "24-empty-gpus-where-there-are-none": ({**FORM, "gpus": ""}, {"gpus": 0}),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_is_offered_is_accepted(case: str) -> None:
    answers, values = ACCEPTED[case]
    request = made(answers)
    assert {name: getattr(request, name) for name in values} == values


REFUSED: dict[str, tuple[Any, dict[str, str]]] = {
    "00-not-an-object": ([], {"profile": "The options must be an object with fields."}),
    "01-nothing": ({}, {"profile": "Choose the profile."}),
    "02-unknown-profile": (
        {"profile": "shared1"},
        {"profile": 'There is no profile "shared1" for you — did you mean "shared-1"?'},
    ),
    "03-profile-nothing-like-it": (
        {"profile": "zzz"},
        {"profile": 'There is no profile "zzz" for you.'},
    ),
    "04-locked-profile": (
        {"profile": "miklip-1"},
        {"profile": "This profile needs group miklip."},
    ),
    "05-profile-of-a-wrong-kind": ({"profile": ["shared-1"]}, {"profile": "Choose the profile."}),
    "10-account-missing": (
        {"profile": "shared-1"},
        {"account": "Choose the account: it is needed."},
    ),
    "11-account-of-others": (
        {**PRESET, "account": "bm0147"},
        {"account": 'There is no account "bm0147" for you — did you mean "bm0146"?'},
    ),
    "12-qos-of-others": (
        {**PRESET, "qos": "training"},
        {"qos": 'There is no QOS "training" for you.'},
    ),
    "13-reservation-unknown": (
        {**PRESET, "reservation": "course"},
        {"reservation": 'There is no reservation "course" for you.'},
    ),
    "14-preset-has-its-cores": (
        {**PRESET, "cores": "2"},
        {"cores": "cores is settled by the preset shared-1."},
    ),
    "15-preset-has-its-partition": (
        {**PRESET, "partition": "compute"},
        {"partition": "partition is settled by the preset shared-1."},
    ),
    "16-field-nobody-knows": (
        {**PRESET, "colour": "red"},
        {"colour": "colour is settled by the preset shared-1."},
    ),
    "17-key-that-is-no-text": (
        dict(PRESET) | {4: 4},
        {"options": "options is settled by the preset shared-1."},
    ),
    "20-partition-missing": (
        {"profile": ADVANCED, "account": "bm0146"},
        {"partition": "Choose the partition."},
    ),
    "21-partition-unknown": (
        {**FORM, "partition": "share"},
        {"partition": 'There is no partition "share" for you — did you mean "shared"?'},
    ),
    "22-partition-of-a-group": (
        {**FORM, "partition": "miklip"},
        {"partition": 'There is no partition "miklip" for you.'},
    ),
    "23-field-that-is-not-open": (
        {**FORM, "user_script": "~/x"},
        {"user_script": "user_script is not open to choice here."},
    ),
    "30-too-many-cores": (
        {**FORM, "cores": "49"},
        {"cores": "Partition shared allows 1 to 48 here; you asked for 49."},
    ),
    "31-no-cores": (
        {**FORM, "cores": "0"},
        {"cores": "Partition shared allows 1 to 48 here; you asked for 0."},
    ),
    "32-half-a-core": (
        {**FORM, "cores": 4.0},
        {"cores": '"4.0" is no whole number — write for example 4.'},
    ),
    "33-too-much-memory": (
        {**FORM, "memory": "121G"},
        {"memory": "Partition shared allows 512M to 120G here; you asked for 121G."},
    ),
    "34-too-little-memory": (
        {**FORM, "memory": "511M"},
        {"memory": "Partition shared allows 512M to 120G here; you asked for 511M."},
    ),
    "35-memory-without-unit": (
        {**FORM, "memory": 16},
        {"memory": '"16" has no unit — write 16M or 16G.'},
    ),
    "36-too-long": (
        {**FORM, "walltime": "13h"},
        {"walltime": "Partition shared allows 00:10:00 to 12:00:00 here; you asked for 13:00:00."},
    ),
    "37-too-short": (
        {**FORM, "walltime": "1m"},
        {"walltime": "Partition shared allows 00:10:00 to 12:00:00 here; you asked for 00:01:00."},
    ),
    "38-as-the-nodes-have-it": (
        {**FORM, "partition": "compute", "cores": "49"},
        {"cores": "Partition compute allows 1 to 48 here; you asked for 49."},
    ),
    "40-gpus-where-there-are-none": (
        {**FORM, "gpus": "1"},
        {"gpus": "Partition shared has no GPUs."},
    ),
    "41-too-many-gpus": (
        {**GPU, "gpus": "5"},
        {"gpus": "Partition gpu allows 0 to 4 here; you asked for 5."},
    ),
    "42-constraint-unknown": (
        {**FORM, "constraint": "128G"},
        {"constraint": 'There is no constraint "128G" for you.'},
    ),
    "43-constraint-elsewhere": (
        {**GPU, "constraint": "256G"},
        {"constraint": 'There is no constraint "256G" for you.'},
    ),
    "44-application-unknown": (
        {**FORM, "application": "rstudio"},
        {"application": 'There is no application "rstudio" for you.'},
    ),
    "45-log-name-with-a-folder": (
        {**FORM, "log_name": "../x"},
        {"log_name": '"../x" has characters or a length that cannot be used here.'},
    ),
    "46-log-name-expanded-by-slurm": (
        {**FORM, "log_name": "a%j"},
        {"log_name": '"a%j" has characters or a length that cannot be used here.'},
    ),
    "50-all-at-once": (
        {"profile": ADVANCED, "partition": "shared", "cores": "x", "memory": "1", "qos": "no"},
        {
            "account": "Choose the account: it is needed.",
            "cores": '"x" is no whole number — write for example 4.',
            "memory": '"1" has no unit — write 1M or 1G.',
            "qos": 'There is no QOS "no" for you.',
        },
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_names_the_field_and_the_limit(case: str) -> None:
    answers, errors = REFUSED[case]
    assert refused(answers) == errors


def test_a_member_of_the_group_takes_the_preset() -> None:
    answers = {"profile": "miklip-1", "account": "miklip"}
    assert made(answers, offer(CAROL)).partition == "miklip"


def test_who_has_no_account_is_told_to_get_one() -> None:
    dave = offer(Person("dave", accounts=()))
    assert refused({"profile": "shared-1"}, dave) == {
        "account": "You have no account on this system yet: ask for one, then reload this page."
    }


@pytest.mark.parametrize("name", ["account", "qos", "reservation"])
def test_what_is_not_known_here_is_left_to_the_scheduler(name: str) -> None:
    known_to_nobody = every_field()
    assert getattr(made({**PRESET, name: "any-thing"}, known_to_nobody), name) == "any-thing"
    assert name in refused({**PRESET, name: "any thing"}, known_to_nobody)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("setup.sh", '"setup.sh" is no path that starts with ~/ or /.'),
        ("~root/x", '"~root/x" is no path that starts with ~/ or /.'),
        ("~/a b", '"~/a b" has characters or a length that cannot be used here.'),
    ],
)
def test_a_script_has_a_path(path: str, message: str) -> None:
    assert refused({**PRESET, "user_script": path}, every_field()) == {"user_script": message}


def test_the_users_own_script_wins_over_the_sites() -> None:
    assert made({**PRESET, "user_script": "~/mine"}, every_field()).user_script == "~/mine"


def test_a_gpu_type_is_one_of_the_partition() -> None:
    answers = {"profile": ADVANCED, "partition": "gpu", "gpus": "2"}
    assert made({**answers, "gpu_type": "v100"}, every_field()).gpu_type == "v100"
    assert refused({**answers, "gpu_type": "a10"}, every_field()) == {
        "gpu_type": 'There is no GPU type "a10" for you — did you mean "a100"?'
    }


def test_without_gpus_their_type_is_nothing() -> None:
    answers = {"profile": ADVANCED, "partition": "gpu", "gpus": "0", "gpu_type": "a100"}
    assert made(answers, every_field()).gpu_type == ""


def test_the_only_partition_need_not_be_named() -> None:
    all_of_them = offer()
    alone = replace(all_of_them, partitions={"shared": all_of_them.partitions["shared"]})
    answers = {"profile": ADVANCED, "account": "bm0146"}
    assert made(answers, alone).partition == "shared"
    assert refused({**answers, "cores": 99}, alone) == {
        "cores": "Partition shared allows 1 to 48 here; you asked for 99."
    }


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("cores", "number of cores"),
        ("memory", "memory"),
        ("walltime", "time"),
        ("log_name", "log file name"),
        ("constraint", "constraint"),
    ],
)
def test_what_is_required_has_to_be_answered(name: str, what: str) -> None:
    strict = replace(offer(), required=("account", name))
    assert refused(FORM, strict) == {name: f"Choose the {what}: it is needed."}


@pytest.mark.parametrize("name", ["gpus", "gpu_type"])
def test_what_a_partition_has_not_is_not_required(name: str) -> None:
    strict = replace(offer(), required=("account", name))
    assert made(FORM, strict).gpus == 0


def test_the_times_of_a_preset_win_over_the_sites() -> None:
    found = offer()
    preset = found.presets["shared-1"].preset.model_copy(
        update={"start_timeout": 60, "http_timeout": 30, "environment": {"B": "2", "A": "1"}}
    )
    shown = replace(found.presets["shared-1"], preset=preset)
    request = made(PRESET, replace(found, presets={"shared-1": shown}))
    assert (request.start_timeout, request.http_timeout) == (60, 30)
    assert request.environment == (("A", "1"), ("B", "2"))


def test_an_application_that_is_gone_is_refused() -> None:
    without = replace(offer(), applications={})
    message: dict[str, Any] = {"application": 'There is no application "lab" for you.'}
    assert refused(PRESET, without) == message


def test_the_advanced_form_is_refused_to_whom_it_is_closed() -> None:
    closed = replace(offer(ALICE), advanced=False)
    assert refused(FORM, closed) == {"profile": 'There is no profile "advanced" for you.'}


def test_the_message_of_bad_answers_has_all_fields() -> None:
    assert str(BadAnswers({"a": "One.", "b": "Two."})) == "a: One.; b: Two."


# --- without the user's script


@pytest.mark.parametrize("answers", [PRESET, FORM])
def test_everybody_may_start_without_the_script(answers: dict[str, str]) -> None:
    assert made(answers).user_script == "~/jupyter_preload"
    assert made({**answers, "user_script": "none"}).user_script == ""
    assert made({**answers, "user_script": "none"}, every_field()).user_script == ""


def test_no_script_is_an_answer_where_one_is_needed() -> None:
    offer = replace(every_field(), preset_required=("user_script",))
    assert refused(PRESET, offer).keys() == {"user_script"}
    assert made({**PRESET, "user_script": "none"}, offer).user_script == ""


def test_to_do_without_a_script_is_for_one_start() -> None:
    answers = {"profile": "small", "user_script": "none", "account": "none"}
    assert lasting(answers) == {"profile": "small", "account": "none"}
    assert lasting({"user_script": "~/mine"}) == {"user_script": "~/mine"}
