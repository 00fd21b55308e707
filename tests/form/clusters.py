"""How full a cluster is, as the form is told."""

from collections.abc import Mapping
from typing import Any

from hub_config.cluster.facts import Occupancy, Outage, Overview

EIGHT = 1772352000.0
"""2026-03-01, a Sunday, 08:00 UTC: the present of these tests."""

HOUR = 3600.0


def occupancy(**changes: Any) -> Occupancy:
    """A partition of ten nodes with 48 cores each, all of them idle."""
    usual: dict[str, Any] = {
        "closed": "", "idle_nodes": 10, "nodes": 10, "node_states": {"idle": 10},
        "idle_cores": 480, "cores": 480, "idle_gpus": {}, "gpus": {}, "waiting": 0, "outages": (),
    }  # fmt: skip
    return Occupancy(**usual | changes)


def overview(partitions: Mapping[str, Occupancy] | None = None, **changes: Any) -> Overview:
    """A cluster seen a minute ago; *partitions* besides the idle one named shared."""
    usual: dict[str, Any] = {"as_of": EIGHT - 60, "stale": False}
    return Overview({"shared": occupancy(), **(partitions or {})}, **usual | changes)


def outage(start: float, end: float | None = None) -> Outage:
    """Maintenance, its times in hours from EIGHT."""
    return Outage(EIGHT + start * HOUR, None if end is None else EIGHT + end * HOUR)
