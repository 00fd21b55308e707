"""The table of partitions: limits, how full, how fresh."""

from typing import Any

import pytest

from hub_config.form.board import board
from hub_config.form.table import NOTHING, Live, age, live, table
from hub_config.i18n.catalog import catalog
from hub_config.model.offer import Offer
from hub_config.model.profiles import Profiles
from tests.form.clusters import EIGHT, occupancy, outage, overview
from tests.form.offers import PROFILES, make


def test_the_limits_of_every_partition(offer: Offer) -> None:
    rows = table(offer, overview(), EIGHT).rows
    assert [(row.title, row.amounts, row.features, row.internet) for row in rows] == [
        ("Shared", ("1–48", "0.5–120", "1–12", "0"), "64G, 256G", False),
        ("Prepost", ("1–24", "0.5–256", "0.17–0.66", "0"), "", True),
        ("gpu", ("1–24", "0.5–128", "0.17–12", "0–4"), "256G, nvlink, a100, v100", None),
    ]


def test_what_only_presets_use_has_a_row_too() -> None:
    rows = table(make({"advanced": None}), overview(), EIGHT).rows
    assert [(row.name, row.title, row.amounts) for row in rows] == [
        ("shared", "shared", ()), ("prepost", "prepost", ()), ("gpu", "gpu", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(("most", "rows", "more"), [(1, 1, 2), (3, 3, 0), (40, 3, 0), (None, 3, 0)])
def test_a_long_table_is_cut(offer: Offer, most: int | None, rows: int, more: int) -> None:
    found = table(offer, overview(), EIGHT, most)
    assert (len(found.rows), found.more) == (rows, more)


def test_how_full_a_partition_is() -> None:
    busy = occupancy(
        idle_nodes=3, idle_cores=150, gpus={"v100": 4, "a100": 8, "": 2}, idle_gpus={"a100": 1},
        waiting=12,
    )  # fmt: skip
    assert live(busy, EIGHT) == Live("3/10", "150/480", "GPU: 0/2, a100: 1/8, v100: 0/4", "12")
    assert live(occupancy(waiting=None, nodes=0, cores=0), EIGHT) == Live()
    assert live(None, EIGHT).cells() == (NOTHING,) * 4


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"closed": "drain"}, "Closed (drain)."),
        ({"outages": (outage(-1, 2),)}, "Maintenance until 10:00."),
        ({"outages": (outage(-1),), "closed": "down"}, "Maintenance."),
        ({"outages": (outage(5, 6),)}, "Maintenance from 13:00."),
        ({"outages": (outage(5, 6),), "closed": "down"}, "Closed (down)."),
        ({}, ""),
    ],
)
def test_why_nothing_starts_there(changes: dict[str, Any], note: str, utc: None) -> None:
    assert live(occupancy(**changes), EIGHT).note == note


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "As of 07:59."),
        ({"stale": True}, "The scheduler has not answered since 07:59."),
        (
            {"stale": True, "as_of": EIGHT - 86400},
            "The scheduler has not answered since 28 Feb, 08:00.",
        ),
        ({"stale": True, "as_of": None}, ""),
    ],
)
def test_how_fresh_it_is(changes: dict[str, Any], text: str, utc: None) -> None:
    assert age(overview(**changes), EIGHT) == text


# --- the same for every open form


def test_the_board_has_what_the_page_has(offer: Offer, utc: None) -> None:
    profiles = Profiles.model_validate(PROFILES)
    seen = overview({"gpu": occupancy(closed="down"), "secret": occupancy()})
    told = board(profiles, seen, catalog("en"), EIGHT)
    rows = {row.name: (row.live.note, *row.live.cells()) for row in table(offer, seen, EIGHT).rows}
    assert told["rows"] == rows
    assert told["age"] == "As of 07:59."
    assert told["hints"] == {
        "small": ("free", "free now"), "project": ("free", "free now"),
        "learn": ("closed", "closed"),
    }  # fmt: skip
    german = board(profiles, seen, catalog("de"), EIGHT)
    assert (german["age"], german["hints"]["small"]) == ("Stand: 07:59.", ("free", "jetzt frei"))
    assert german["rows"]["gpu"][0] == "Geschlossen (down)."
