"""Reading answers from a POST or a URL, and what of an answer may stand on the page again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.form.answers import FIELDS, read, shown


@pytest.mark.parametrize(
    ("arguments", "answers"),
    [
        ({}, {}),
        ({"profile": ["small"], "account": ["bm0146"]}, {"profile": "small", "account": "bm0146"}),
        ({"cores": ["1", "4"]}, {"cores": "4"}),
        ({"cores": ["4", ""]}, {}),
        ({"cores": []}, {}),
        ({"cores": [" 4 "]}, {"cores": "4"}),
        ({"walltime": ["1,5"], "memory": ["2.5"]}, {"walltime": "1.5h", "memory": "2.5G"}),
        ({"walltime": ["90m"], "memory": ["512M"]}, {"walltime": "90m", "memory": "512M"}),
        ({"_xsrf": ["x"], "next": ["/x"], "display_name": ["x"], "cores": ["1"]}, {"cores": "1"}),
        ({"opt-cores": ["2"]}, {"cores": "2"}),
        ({"opt-memory": ["2"]}, {"memory": "2G"}),
        ({"opt-cores": ["2"], "cores": ["4"]}, {"cores": "2"}),
        ({"cores": ["4"], "opt-cores": ["2"]}, {"cores": "2"}),
        ({"command": ["rm"]}, {"command": "rm"}),
    ],
)  # fmt: skip
def test_read(arguments: dict[str, list[str]], answers: dict[str, str]) -> None:
    assert read(arguments) == answers


@pytest.mark.parametrize("foreign", ["utm_source", "fbclid", "opt-command", "", "opt-", "Cores"])
def test_a_link_may_carry_what_is_not_ours(foreign: str) -> None:
    assert read({foreign: ["x"], "cores": ["4"]}, known_only=True) == {"cores": "4"}


def test_an_uploaded_file_is_no_answer() -> None:
    # JupyterHub hands uploads to the same reader as lists of objects (handlers/pages.py, _post).
    arguments: Any = {"cores_file": [{"filename": "x", "body": b"x"}], "cores": ["1"]}
    assert read(arguments) == {"cores": "1"}


_KEYS = st.sampled_from(sorted(FIELDS)) | st.text()


@given(st.dictionaries(_KEYS, st.lists(st.text())), st.booleans())
def test_reading_never_fails(arguments: dict[str, list[str]], known_only: bool) -> None:
    answers = read(arguments, known_only=known_only)
    assert all(isinstance(key, str) and value for key, value in answers.items())
    assert not known_only or set(answers) <= FIELDS


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text()))
def test_what_was_read_reads_the_same_again(arguments: dict[str, str]) -> None:
    answers = read({key: [value] for key, value in arguments.items()})
    assert read({key: [value] for key, value in answers.items()}) == answers


@pytest.mark.parametrize(
    ("answers", "texts"),
    [
        ({"cores": "4", "memory": "2560M"}, {"cores": "4", "memory": "2.5"}),
        ({"cores": 4, "gpus": 2.0}, {"cores": "4", "gpus": "2"}),
        ({"cores": True}, {}),
        ({"cores": None, "account": ["bm0146"], "qos": {"a": 1}}, {}),
        ({"cores": 10**5000}, {}),
        ({"cores": float("nan"), "gpus": float("inf")}, {}),
        ({"account": "x" * 301}, {}),
        ({"command": "x"}, {}),
        ({3: "x"}, {}),
        ("small", {}),
        (None, {}),
        ([["cores", "4"]], {}),
    ],
)
def test_shown(answers: object, texts: dict[str, str]) -> None:
    assert shown(answers) == texts


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(FIELDS)), inner),
)


@given(_JSON)
def test_any_json_can_be_shown(answers: object) -> None:
    json.dumps(shown(answers), allow_nan=False)
