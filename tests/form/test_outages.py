"""Maintenance that a time reaches into, and the longest time that still fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_config.cluster.facts import Outage
from hub_config.form.outages import MARGIN, coming, crossing, longest, outline, too_late
from hub_config.i18n.catalog import catalog
from hub_config.said import spoken
from tests.form.clusters import EIGHT, HOUR, occupancy, outage

LEAST = 600


@pytest.mark.parametrize(
    ("start", "hours", "fits", "shown"),
    [
        (6, 12, 5 * 3600 + 55 * 60, "5:55"),
        (6, 6.5, 5 * 3600 + 55 * 60, "5:55"),
        (0.5, 1, 25 * 60, "0:25"),
        (0.25, 1, 10 * 60, "0:10"),
        (0.2, 1, 0, "0:00"),
        (-1, 1, 0, "0:00"),
    ],
)
def test_a_time_that_reaches_into_it(start: float, hours: float, fits: int, shown: str) -> None:
    seen = occupancy(outages=(outage(start, start + 4),))
    found = crossing(seen, int(hours * HOUR), LEAST, EIGHT)
    assert found is not None and (found.fits, found.shown) == (fits, shown)


@pytest.mark.parametrize(
    ("outages", "hours"),
    [((), 12), ((outage(6, 8),), 6), ((outage(-6, -1),), 12), ((outage(24),), 12)],
)
def test_a_time_that_does_not(outages: tuple[Outage, ...], hours: int) -> None:
    assert crossing(occupancy(outages=outages), hours * 3600, LEAST, EIGHT) is None


def test_of_a_partition_that_nobody_knows_nothing_is_said() -> None:
    assert crossing(None, 3600, LEAST, EIGHT) is None


def test_what_is_said(utc: None) -> None:
    seen = occupancy(outages=(outage(6, 30),))
    found = crossing(seen, 12 * 3600, LEAST, EIGHT)
    assert found is not None
    assert found.text == (
        "There is maintenance from 14:00 to 2 Mar, 14:00. "
        "At most 5:55 h fit before it; what asks for more waits until it is over."
    )
    assert spoken(found.text, catalog("de")).startswith("Wartung: 14:00 bis 2. März, 14:00.")
    late = crossing(occupancy(outages=(outage(-1),)), 3600, LEAST, EIGHT)
    assert late is not None
    assert late.text == ("Maintenance begins at 07:00. Your server would wait until it is over.")


def test_the_script_says_the_same(utc: None) -> None:
    told = outline(outage(6, 30), EIGHT)
    found = crossing(occupancy(outages=(outage(6, 30),)), 12 * 3600, LEAST, EIGHT)
    assert found is not None
    assert found.text == f"{told.text} {longest('{time}').replace('{time}', found.shown)}"
    assert told.start == EIGHT + 6 * HOUR
    assert "wait" in too_late()


def test_the_next_one_counts() -> None:
    past, now, later = outage(-9, -8), outage(-1, 1), outage(5, 6)
    assert coming((past, now, later), EIGHT) == now
    assert coming((past, later), EIGHT) == later
    assert coming((past,), EIGHT) is None


@given(st.integers(-3600, 10 * 86400), st.integers(60, 20 * 86400), st.integers(60, 86400))
def test_what_is_offered_fits_and_is_allowed(start: int, walltime: int, least: int) -> None:
    seen = occupancy(outages=(Outage(EIGHT + start, None),))
    found = crossing(seen, walltime, least, EIGHT)
    if found is None:
        assert walltime <= start
    elif found.fits:
        assert least <= found.fits <= start - MARGIN
        assert crossing(seen, found.fits, least, EIGHT) is None
