"""A site far larger than any we know: 500 partitions, 200 presets."""

import json
from functools import cache
from typing import Any

from hub_config.model.offer import NodeFacts, Offer, Person, make_offer
from hub_config.model.profiles import Profiles
from hub_config.model.site import Application

PARTITIONS, PRESETS = 500, 200


@cache
def large_offer() -> Offer:
    """All of it, open to alice."""
    names = [f"partition-{n:03}" for n in range(PARTITIONS)]
    profiles = Profiles.model_validate_json(json.dumps({
        "presets": [_preset(n, names[n]) for n in range(PRESETS)],
        "advanced": {
            "fields": ["account", "partition", "walltime", "cores", "memory", "gpus"],
            "partitions": {name: _ranges(n) for n, name in enumerate(names)},
        },
    }))  # fmt: skip
    nodes = {name: NodeFacts(64 + n % 64, 256 * 1024, 48 * 3600, {"a100": 4} if n % 5 == 0 else {})
             for n, name in enumerate(names)}  # fmt: skip
    accounts = tuple(f"project-{n}" for n in range(20))
    alice = Person("alice", accounts=accounts, qos=("normal", "express"))
    return make_offer(profiles, {"lab": Application(title="Lab", url="/lab")}, alice, nodes, ())


def _preset(n: int, partition: str) -> dict[str, Any]:
    return {
        "id": f"preset-{n:03}", "title": f"{1 + n % 48} cores on {partition}, {1 + n % 12}:00h",
        "description": "For pre- and postprocessing, with access to the archive.",
        "partition": partition, "cores": 1 + n % 48, "memory": f"{2 + n % 62}G",
        "walltime": f"{1 + n % 12}h", "internet": n % 2 == 0,
    }  # fmt: skip


def _ranges(n: int) -> dict[str, Any]:
    return {
        "title": f"Partition {n} of the machine",
        "cores": {"default": 1, "max": 48 + n % 80},
        "memory": {"default": "4G", "max": f"{64 + n % 190}G"},
        "walltime": {"default": "1h", "max": f"{1 + n % 48}h"},
        "gpus": {"default": 0, "max": 4} if n % 5 == 0 else {"default": 0, "max": 0},
        "constraints": ["64G", "256G"],
        "internet": n % 3 == 0,
    }  # fmt: skip
