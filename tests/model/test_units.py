import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.model.units import (
    format_memory,
    format_walltime,
    gigabytes,
    hours,
    parse_memory,
    parse_walltime,
)

MEMORY = {
    "2560M": 2560,
    "16G": 16384,
    "2.5G": 2560,
    "2.5 GB": 2560,
    "2.5 GiB": 2560,
    "16g": 16384,
    "1T": 1024 * 1024,
    "64T": 64 * 1024 * 1024,
    "1K": 1,
    "1025K": 2,
    "0.000001G": 1,
    "1.1G": 1127,
}
WALLTIME = {
    "8h": 28800,
    "90m": 5400,
    "90min": 5400,
    "45s": 45,
    "1d12h": 129600,
    "1.5h": 5400,
    "1.1h": 3960,
    "0.5d": 43200,
    "1d2h3m4s": 93784,
    "1:00:00": 3600,
    "30:00:00": 108000,
    "7-00:00:00": 604800,
    "0-00:10:00": 600,
}
NO_MEMORY = {
    "2560": "no unit — write 2560M or 2560G",
    "2.5": "no unit — write 2.5M or 2.5G",
    "0G": "no memory at all",
    "": "for example 2560M",
    "G": "for example 2560M",
    "-1G": "for example 2560M",
    "1e3M": "for example 2560M",
    "1,5G": "for example 2560M",
    "1P": "for example 2560M",
    "1GG": "for example 2560M",
    "2560M\n": "for example 2560M",
    " 2560M": "for example 2560M",
    "2560  M": "for example 2560M",
    "٢G": "for example 2560M",
    "1\N{KELVIN SIGN}": "for example 2560M",
    "1Gİb": "for example 2560M",
    "9" * 13 + "G": "for example 2560M",
}
NO_WALLTIME = {
    "8": "no unit — write 8h or 8m",
    "1.5": "no unit — write 1.5h or 1.5m",
    "30:00": "two ways",
    "8:5": "two ways",
    "0h": "no time at all",
    "0:00:00": "no time at all",
    "": "for example 8h",
    "-8h": "for example 8h",
    "8H": "for example 8h",
    "8 h": "for example 8h",
    "h": "for example 8h",
    "1h2d": "for example 8h",
    "1:60:00": "for example 8h",
    "1-2": "for example 8h",
    "infinite": "for example 8h",
    "8h\n": "for example 8h",
    "٨h": "for example 8h",
}


@pytest.mark.parametrize("text", MEMORY)
def test_memory_is_mib(text: str) -> None:
    assert parse_memory(text) == MEMORY[text]


@pytest.mark.parametrize("text", NO_MEMORY, ids=ascii)
def test_what_is_no_memory_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(ValueError, match=NO_MEMORY[text]):
        parse_memory(text)


@pytest.mark.parametrize("text", WALLTIME)
def test_walltime_is_seconds(text: str) -> None:
    assert parse_walltime(text) == WALLTIME[text]


@pytest.mark.parametrize("text", NO_WALLTIME, ids=ascii)
def test_what_is_no_walltime_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(ValueError, match=NO_WALLTIME[text]):
        parse_walltime(text)


@pytest.mark.parametrize(
    ("mib", "text"), [(512, "512M"), (2560, "2560M"), (16384, "16G"), (1024 * 1024, "1T")]
)
def test_memory_is_written_short(mib: int, text: str) -> None:
    assert format_memory(mib) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(59, "00:00:59"), (7200, "02:00:00"), (86400, "1-00:00:00"), (93784, "1-02:03:04")],
)
def test_walltime_is_written_as_the_scheduler_does(seconds: int, text: str) -> None:
    assert format_walltime(seconds) == text


@given(st.integers(1, 64 * 1024 * 1024))
def test_memory_survives_writing_and_reading(mib: int) -> None:
    assert parse_memory(format_memory(mib)) == mib
    assert parse_memory(gigabytes(mib) + "G") == mib


@given(st.integers(1, 366 * 86400))
def test_walltime_survives_writing_and_reading(seconds: int) -> None:
    assert parse_walltime(format_walltime(seconds)) == seconds
    assert parse_walltime(hours(seconds) + "h") == seconds


@given(st.text())
def test_any_text_is_an_amount_or_a_printable_complaint(text: str) -> None:
    for parse in (parse_memory, parse_walltime):
        try:
            assert parse(text) > 0
        except ValueError as error:
            assert str(error).isprintable()
            assert len(str(error)) < 150
            assert " — write " in str(error)
