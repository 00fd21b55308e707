"""What a card says of how soon its preset would start."""

from typing import Any

import pytest

from hub_config.form.hints import Hint, hint
from hub_config.model.profiles import Preset
from tests.form.clusters import EIGHT, occupancy, outage, overview


def preset(**changes: Any) -> Preset:
    usual = {"id": "a", "title": "A", "partition": "shared", "memory": "1G", "walltime": "2h"}
    return Preset.model_validate(usual | changes)


def told(of: Preset | None = None, **changes: Any) -> tuple[str, str] | None:
    seen = overview({"shared": occupancy(**changes)})
    found = hint(of or preset(), seen, EIGHT)
    return (found.kind, found.text) if found else None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("free", "free now")),
        ({"waiting": None}, ("free", "free now")),
        ({"waiting": 7}, ("free", "free now")),
        ({"waiting": 7, "idle_nodes": 0}, ("busy", "7 jobs wait")),
        ({"waiting": 1, "idle_nodes": 0, "idle_cores": 0}, ("busy", "1 job waits")),
        ({"waiting": 0, "idle_nodes": 0, "idle_cores": 0}, ("busy", "busy now")),
        ({"closed": "drain"}, ("closed", "closed")),
        ({"cores": 0, "idle_cores": 0}, None),
        ({"cores": 0, "idle_cores": 0, "waiting": 3}, ("busy", "3 jobs wait")),
    ],
)
def test_what_is_told_of_a_preset(
    changes: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    assert told(**changes) == expected


@pytest.mark.parametrize(
    ("asked", "idle", "kind"),
    [
        ({"gpus": 2, "gpu_type": "a100"}, {"a100": 2, "v100": 0}, "free"),
        ({"gpus": 3, "gpu_type": "a100"}, {"a100": 2, "v100": 8}, "busy"),
        ({"gpus": 3, "gpu_type": "h100"}, {"a100": 8}, "busy"),
        ({"gpus": 2}, {"a100": 1, "v100": 2}, "free"),
        ({"gpus": 2}, {"a100": 1, "v100": 1}, "busy"),
        ({"cores": 481}, {}, "busy"),
    ],
)
def test_it_fits_only_if_cores_and_gpus_do(
    asked: dict[str, Any], idle: dict[str, int], kind: str
) -> None:
    found = told(preset(**asked), gpus={"a100": 8, "v100": 8}, idle_gpus=idle)
    assert found is not None and found[0] == kind


def test_where_gpus_are_not_counted_nothing_is_promised() -> None:
    assert told(preset(gpus=1)) is None


@pytest.mark.parametrize(
    ("outages", "expected"),
    [
        ((outage(-1, 3),), ("closed", "closed for maintenance until 11:00")),
        ((outage(-1),), ("closed", "closed for maintenance")),
        ((outage(1, 3),), ("busy", "too long before the maintenance at 09:00")),
        ((outage(2, 3),), ("free", "free now")),
        ((outage(-9, -1), outage(24, 30)), ("free", "free now")),
    ],
)
def test_maintenance(outages: tuple[Any, ...], expected: tuple[str, str], utc: None) -> None:
    assert told(outages=outages) == expected


def test_nothing_is_told_of_what_was_last_seen_long_ago_or_never() -> None:
    assert hint(preset(), overview(stale=True), EIGHT) is None
    assert hint(preset(partition="gpu"), overview(), EIGHT) is None
    assert hint(preset(), overview(), EIGHT) == Hint("free", "free now")
