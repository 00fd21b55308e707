"""Requests that are wrong in every way we could think of: refused, and nothing happens."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_config.agent import Refusal
from hub_config.agent.messages import Message, Submit, decode, parse
from tests.agent.conftest import Ask
from tests.agent.requests import GOOD, HOSTILE_BYTES, HOSTILE_VALUES, SUBMIT, TOKEN, changed


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE_VALUES) >= 150


@pytest.mark.parametrize(
    "request_", [value for _, value in HOSTILE_VALUES], ids=[name for name, _ in HOSTILE_VALUES]
)
def test_a_wrong_request_is_refused_and_nothing_happens(
    request_: object, ask: Ask, home: Path, records: Path
) -> None:
    answer = ask(request_)
    assert list(answer) == ["refused"]
    assert 0 < len(answer["refused"]) < 300
    assert TOKEN not in answer["refused"]
    assert list(home.iterdir()) == []
    assert not records.exists()  # the scheduler's tool makes it whenever it runs


@pytest.mark.parametrize(
    "data", [data for _, data in HOSTILE_BYTES[:-1]], ids=[name for name, _ in HOSTILE_BYTES[:-1]]
)
def test_wrong_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        parse(decode(data))
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("kind", GOOD)
def test_the_good_ones_are_understood(kind: str) -> None:
    message = parse(decode(json.dumps(GOOD[kind]).encode()))
    assert isinstance(message, Message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_any_json_value_is_refused(value: object) -> None:
    with pytest.raises(Refusal):
        parse(value)


@given(st.binary())
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal):
        parse(decode(data))


PLACES = ("verb", "user", "uuid", "request", "spawn", "dry_run", "spawn.env", "spawn.report_url",
          "request.partition", "request.cores", "request.environment", "surprise")  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_good_request_with_any_one_value_changed_is_refused_or_as_strict(
    place: str, value: Any
) -> None:
    try:
        message = parse(changed(SUBMIT, place, value))
    except Refusal:
        return
    assert isinstance(message, Submit)
    assert message.user.isascii() and message.user.replace("_", "").replace("-", "").isalnum()
    assert message.report_url.startswith(("http://", "https://"))
    assert all("\n" not in text and "\0" not in text for text in message.env.values())
