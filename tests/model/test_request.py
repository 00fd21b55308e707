import json
import subprocess
import sys
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.model.request import (
    PRINTABLE,
    RESERVED_VARIABLE,
    TEXT,
    VARIABLE,
    WHOLE,
    InvalidField,
    JobRequest,
)
from tests.model.payloads import HOSTILE, VALUES, name

PLAIN = JobRequest(
    profile="shared-1",
    partition="shared",
    cores=4,
    memory=2560,
    walltime=3600,
    application="lab",
)
FULL = JobRequest(
    profile="gpu-1",
    partition="gpu",
    cores=24,
    memory=64 * 1024,
    walltime=7 * 86400,
    application="lab",
    url="/lab/tree/a.ipynb",
    gpus=2,
    gpu_type="a100_1g.5gb",
    account="bm0146",
    qos="express",
    reservation="training",
    constraint="[256G&a100]",
    log_name="berth.1",
    user_script="~/.jupyterlabrc",
    start_timeout=60,
    http_timeout=30,
    environment=(("A", "1"), ("B_2", "two words")),
)


def changed(**change: Any) -> JobRequest:
    return replace(FULL, **change)


FIELDS = [field.name for field in fields(JobRequest)]


def test_a_request_is_what_was_asked() -> None:
    assert (PLAIN.gpus, PLAIN.account, PLAIN.environment) == (0, "", ())


@pytest.mark.parametrize("request_", [PLAIN, FULL], ids=["plain", "full"])
def test_a_request_survives_json(request_: JobRequest) -> None:
    assert JobRequest.from_json(json.loads(json.dumps(request_.to_json()))) == request_


def test_there_are_enough_hostile_values() -> None:
    assert len(HOSTILE) >= 200


@pytest.mark.parametrize("field", FIELDS)
def test_a_hostile_value_is_refused_or_harmless(field: str) -> None:
    for value in HOSTILE:
        try:
            made = changed(**{field: value})
        except InvalidField as error:
            without_gpus = field == "gpus" and type(value) is int and value == 0
            assert error.field == ("gpu_type" if without_gpus else field), name(value)
            assert str(error).isprintable(), name(value)
            assert len(str(error)) < 200, name(value)
        else:
            assert_harmless(made)


@pytest.mark.parametrize("field", FIELDS)
def test_a_hostile_value_in_json_is_refused_or_harmless(field: str) -> None:
    for value in VALUES:
        try:
            assert_harmless(JobRequest.from_json({**FULL.to_json(), field: value}))
        except InvalidField as error:
            assert str(error).isprintable(), name(value)


@pytest.mark.parametrize("value", VALUES, ids=name)
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(InvalidField):
        JobRequest.from_json(value)


def assert_harmless(request: JobRequest) -> None:
    """Every text is of its grammar from end to end, every number within its bounds."""
    for field, grammar in TEXT.items():
        text = getattr(request, field)
        assert type(text) is str
        assert text == "" or grammar.fullmatch(text)
        assert text.isascii() and text.isprintable() and " " not in text
        assert not text.startswith("-")
    for field, (low, high) in WHOLE.items():
        number = getattr(request, field)
        assert type(number) is int
        assert low <= number <= high
    for variable, content in request.environment:
        assert VARIABLE.fullmatch(variable)
        assert not RESERVED_VARIABLE.fullmatch(variable)
        assert PRINTABLE.fullmatch(content)


@pytest.mark.parametrize("field", WHOLE)
def test_numbers_are_bounded_on_both_sides(field: str) -> None:
    low, high = WHOLE[field]
    for value in (low, high):
        assert getattr(changed(gpu_type="", **{field: value}), field) == value
    for value in (low - 1, high + 1):
        with pytest.raises(InvalidField, match=f"{field}: is outside {low}–{high}"):
            changed(gpu_type="", **{field: value})


@pytest.mark.parametrize("field", ["profile", "partition", "application", "url"])
def test_what_every_job_has_cannot_be_empty(field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        changed(**{field: ""})


@pytest.mark.parametrize(
    ("field", "good"),
    [
        ("user_script", "~/.jupyterlabrc"),
        ("user_script", "/sw/etc/profile.sh"),
        ("constraint", "a100|v100"),
        ("constraint", "[rack1*2&rack2]"),
        ("url", "/rstudio/?a=b"),
        ("partition", "gpu_4.a100+"),
    ],
)
def test_what_centres_use_is_accepted(field: str, good: str) -> None:
    assert getattr(changed(**{field: good}), field) == good


@pytest.mark.parametrize("path", ["~", "~root/x", "x", "./x", "~/", "/", "~/a b", "~/a;b", "~/$x"])
def test_a_script_is_named_from_the_home_or_the_root(path: str) -> None:
    with pytest.raises(InvalidField, match="user_script"):
        replace(PLAIN, user_script=path)


@pytest.mark.parametrize(
    "variable",
    ["PATH", "LD_PRELOAD", "LD_", "PYTHONPATH", "BASH_ENV", "ENV", "IFS", "HOME", "JPY_PARENT_PID",
     "JUPYTERHUB_HOST", "1A", "A-B", "A=B", "", "A\n", "é", "A" * 65, "BASH_FUNC_x%%"],
)  # fmt: skip
def test_some_variables_are_not_set_from_outside(variable: str) -> None:
    with pytest.raises(InvalidField, match="environment"):
        replace(PLAIN, environment=((variable, "x"),))


@pytest.mark.parametrize(
    "environment",
    [("A", "B"), (("A",),), (("A", "1", "2"),), [("A", "1")], (("A", 1),), ((1, "A"),), (None,),
     tuple((f"A{n}", "") for n in range(193)), (("A", "x" * 4097),)],
)  # fmt: skip
def test_the_environment_is_pairs_of_text(environment: Any) -> None:
    with pytest.raises(InvalidField, match="environment"):
        replace(PLAIN, environment=environment)


def test_a_gpu_type_needs_gpus() -> None:
    with pytest.raises(InvalidField, match="gpu_type: a GPU type without a number of GPUs"):
        replace(PLAIN, gpu_type="a100")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "colour: no such field"),
        ({4: 4}, "4: no such field"),
        ({"environment": {"A": 1, 2: "B"}}, "request: a field is missing or of the wrong kind"),
    ],
)
def test_json_has_these_fields_and_no_others(change: dict[Any, Any], message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        JobRequest.from_json({**PLAIN.to_json(), **change})


@pytest.mark.parametrize("field", ["profile", "partition", "cores", "memory", "walltime"])
def test_json_lacks_no_field(field: str) -> None:
    data = PLAIN.to_json()
    del data[field]
    with pytest.raises(InvalidField, match="a field is missing"):
        JobRequest.from_json(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_json_is_refused_or_harmless(change: dict[str, Any]) -> None:
    try:
        assert_harmless(JobRequest.from_json({**FULL.to_json(), **change}))
    except InvalidField as error:
        assert str(error).isprintable()


def test_the_agent_can_import_it_without_any_package() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import hub_config.model.request, hub_config.model.units\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "hub_config" in loaded
    assert loaded - {"hub_config"} <= sys.stdlib_module_names
