"""What a hub tells its user; figures as Slurm's and Open OnDemand's exporters have them."""

from typing import Any

AS_OF = 1769000000.0

CPU: dict[str, Any] = {
    "tres": "cpu", "unit": "core-h", "limit": 2000, "used": 500, "running": 0, "remaining": 1500,
    "exhausted": False, "holder": "bm0146", "own": False,
}  # fmt: skip
PROJECT: dict[str, Any] = {
    "account": "bm0146", "partition": "", "qos": ["normal", "training"], "default_qos": "normal",
    "default": True, "budgets": [CPU], "used": {"cpu": 500, "gres/gpu": 12.5},
    "own": {"cpu": 20, "gres/gpu": 2}, "share": 0.25, "known": True,
}  # fmt: skip
QUOTA: dict[str, Any] = {
    "path": "/home/cat", "shared": False, "as_of": AS_OF, "stale": False,
    "space": {"used": 9 * 2**20, "own": 9 * 2**20, "limit": 10 * 2**20},
    "files": {"used": 100_000, "own": 100_000, "limit": 100_000},
}  # fmt: skip
SCRATCH: dict[str, Any] = {
    "path": "/scratch", "shared": True, "as_of": AS_OF, "stale": True,
    "space": {"used": 2000, "own": 500, "limit": None},
    "files": {"used": 96, "own": 1, "limit": 100},
}  # fmt: skip
MINE: dict[str, Any] = {
    "user": "cat",
    "scheduler": "Slurm",
    "projects": [PROJECT],
    "enforced": "safe",
    "as_of": AS_OF,
    "stale": False,
    "features": {
        "compute": {"features": ["256G", "64G"], "gpus": {}, "nodes": 3, "cores": 128,
                    "memory": 250_000, "walltime": 28800},
        "gpu": {"features": [], "gpus": {"a100": 4, "": 2}, "nodes": 1, "cores": 64,
                "memory": 500_000, "walltime": None},
    },
    "quotas": [QUOTA, SCRATCH],
    "balances": [
        {"project": "bm0146", "project_type": "project", "unit": "RU", "value": 12.5,
         "as_of": AS_OF, "stale": False},
        {"project": "", "project_type": "project", "unit": "RU", "value": 0, "as_of": AS_OF,
         "stale": True},
    ],
}  # fmt: skip


def project(**changes: Any) -> dict[str, Any]:
    """Return what is told of somebody with one project."""
    return {**MINE, "projects": [{**PROJECT, **changes}]}


def budget(**changes: Any) -> dict[str, Any]:
    """Return what is told of somebody whose project has one budget."""
    return project(budgets=[{**CPU, **changes}], used={})
