"""What a directory knows becomes plain texts, and only what is fit for it a job's variable."""

from typing import Any

import pytest

from hub_config.auth.ldapattributes import as_texts, job_environment

WANTED = {"CENTRE_MAIL": "Mail"}


def state(**attributes: Any) -> dict[str, Any]:
    return {"ldap_groups": [], "user_attributes": attributes}


def test_only_texts_and_numbers_are_kept() -> None:
    assert as_texts({"a": ["x", 1, b"\xff"], "b": []}) == {"a": ["x", "1"], "b": []}


def test_a_variable_has_the_first_value() -> None:
    assert job_environment(state(mail=["a@x", "b@x"]), WANTED) == ({"CENTRE_MAIL": "a@x"}, [])


@pytest.mark.parametrize("known", [None, {}, state(), state(mail=[]), state(gecos=["x"])])
def test_what_is_not_known_is_left_out(known: dict[str, Any] | None) -> None:
    assert job_environment(known, WANTED) == ({}, ["CENTRE_MAIL: no Mail is known"])


@pytest.mark.parametrize("value", ["a\nB=1", "a\0b", "\x1b[31m", "Käthe", "x" * 4097])
def test_what_cannot_be_a_variable_is_left_out(value: str) -> None:
    found, problems = job_environment(state(mail=[value]), WANTED)
    assert found == {}
    assert problems == ["CENTRE_MAIL: CENTRE_MAIL has a value that cannot be used"]
