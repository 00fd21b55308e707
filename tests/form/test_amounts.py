"""Hours and GB at the form's edge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.form.amounts import bounds, number, with_unit, without_unit
from hub_config.model.units import parse_memory, parse_walltime


@pytest.mark.parametrize(
    ("name", "typed", "answer"),
    [
        ("walltime", "8", "8h"),
        ("walltime", "1.5", "1.5h"),
        ("walltime", "1,5", "1.5h"),
        ("walltime", ".5", "0.5h"),
        ("walltime", "5.", "5h"),
        ("walltime", "1.66666666667", "1.666666h"),
        ("walltime", "90m", "90m"),
        ("walltime", "1:00:00", "1:00:00"),
        ("walltime", "-5", "-5"),
        ("walltime", "1e3", "1e3"),
        ("walltime", "1,000,000", "1,000,000"),
        ("walltime", ".", "."),
        ("walltime", "", ""),
        ("walltime", "٣", "٣"),
        ("memory", "2", "2G"),
        ("memory", "2,5", "2.5G"),
        ("memory", "2560M", "2560M"),
        ("cores", "4", "4"),
        ("gpus", "1", "1"),
        ("log_name", "12", "12"),
    ],
)
def test_a_bare_number_gets_the_unit_its_field_asks_for(name: str, typed: str, answer: str) -> None:
    assert with_unit(name, typed) == answer


@pytest.mark.parametrize(
    ("name", "answer", "shown"),
    [
        ("walltime", "12h", "12"),
        ("walltime", "90m", "1.5"),
        ("walltime", "1-00:00:00", "24"),
        ("walltime", "soon", "soon"),
        ("walltime", "12", "12"),
        ("memory", "2560M", "2.5"),
        ("memory", "1T", "1024"),
        ("memory", "lots", "lots"),
        ("cores", "4", "4"),
    ],
)
def test_an_answer_is_shown_without_its_unit(name: str, answer: str, shown: str) -> None:
    assert without_unit(name, answer) == shown


@given(st.integers(60, 366 * 86400))
def test_hours_on_the_form_are_read_back_to_the_second(seconds: int) -> None:
    assert parse_walltime(with_unit("walltime", number("walltime", seconds))) == seconds


@given(st.integers(1, 64 * 1024 * 1024))
def test_gigabytes_on_the_form_are_read_back_to_the_mebibyte(mib: int) -> None:
    assert parse_memory(with_unit("memory", number("memory", mib))) == mib


@pytest.mark.parametrize(
    ("name", "low", "high", "label"),
    [
        ("cores", 1, 48, "[1–48]"),
        ("memory", 512, 120 * 1024, "[0.5–120]"),
        ("walltime", 3600, 12 * 3600, "[1–12]"),
        ("walltime", 600, 40 * 60, "[0.17–0.66]"),
        ("walltime", 3600, 3600, "[1]"),
        ("gpus", 0, 0, "[0]"),
    ],
)
def test_a_range_is_short_and_promises_nothing_outside(
    name: str, low: int, high: int, label: str
) -> None:
    assert bounds(name, low, high) == label


@given(st.integers(60, 10**6), st.integers(60, 10**6))
def test_both_ends_of_a_range_may_be_typed(one: int, other: int) -> None:
    low, high = sorted((one, other))
    for end in bounds("walltime", low, high)[1:-1].split("–"):
        assert low <= parse_walltime(f"{end}h") <= high
