"""Whatever is answered: BadAnswers that can be shown, or a request of harmless parts."""

from collections.abc import Hashable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.model.resolve import ADVANCED, BadAnswers, resolve
from tests.model.offers import DEFAULTS, every_field, offer
from tests.model.payloads import HOSTILE, name
from tests.model.test_request import FIELDS, assert_harmless

FORMS: dict[str, dict[str, Any]] = {
    "preset": {"profile": "shared-1", "account": "bm0146"},
    "advanced": {"profile": ADVANCED, "account": "bm0146", "partition": "gpu", "gpus": "1"},
}
OFFERS = {"known": offer(), "open": every_field()}


def judge(answers: object) -> None:
    for found in OFFERS.values():
        try:
            request = resolve(found, answers, DEFAULTS)
        except BadAnswers as bad:
            assert 0 < len(bad.errors) <= 30
            for field, message in bad.errors.items():
                assert field and field.isprintable() and len(field) <= 64
                assert message.isprintable() and len(message) < 500
                (field + message).encode()
        else:
            assert_harmless(request)
            assert request.partition in found.partitions
            assert found.accounts is None or request.account in found.accounts


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", FIELDS)
def test_a_hostile_answer_is_refused_or_harmless(form: str, field: str) -> None:
    for value in HOSTILE:
        judge({**FORMS[form], field: value})


@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_field_is_refused(form: str) -> None:
    for key in HOSTILE:
        if isinstance(key, Hashable) and key not in ("profile", *FIELDS):
            answers: dict[Any, Any] = dict(FORMS[form])
            answers[key] = "1"
            with pytest.raises(BadAnswers):
                resolve(offer(), answers, DEFAULTS)
            judge(answers)


def test_hostile_options_are_refused() -> None:
    for value in HOSTILE:
        with pytest.raises(BadAnswers):
            resolve(offer(), value, DEFAULTS)
        judge(value)


def test_a_million_fields_are_not_a_million_messages() -> None:
    answers = {**FORMS["preset"], **{f"field{n}": "x" for n in range(10_000)}}
    with pytest.raises(BadAnswers) as bad:
        resolve(offer(), answers, DEFAULTS)
    assert len(bad.value.errors) <= 30


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.sampled_from(list(FORMS)), st.dictionaries(st.sampled_from(FIELDS) | st.text(), JSON))
def test_any_answers_are_refused_or_harmless(form: str, change: dict[str, Any]) -> None:
    judge({**FORMS[form], **change})


amounts = st.sampled_from(["cores", "memory", "walltime", "gpus"])
texts = st.from_regex(r"[0-9]{1,9}(\.[0-9]{1,3})?(M|G|T|h|m|d|:00:00)?", fullmatch=True)


@given(st.sampled_from(["shared", "compute", "gpu"]), st.dictionaries(amounts, texts))
def test_an_accepted_amount_is_within_its_limits(partition: str, change: dict[str, str]) -> None:
    found = offer()
    try:
        request = resolve(found, {**FORMS["advanced"], "partition": partition, **change}, DEFAULTS)
    except BadAnswers:
        return
    limits = found.partitions[partition]
    assert request.cores in limits.cores
    assert request.memory in limits.memory
    assert request.walltime in limits.walltime
    assert request.gpus in limits.gpus


def test_names_of_payloads_are_short() -> None:
    assert all(len(name(value)) <= 40 for value in HOSTILE)
