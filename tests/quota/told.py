"""Files as the exporters of Open OnDemand's users write them; the formats are its version 1."""

from typing import Any

WRITTEN = 1769000000.0

HOME: dict[str, Any] = {
    "path": "/home/alice", "user": "alice", "total_block_usage": 1000, "block_limit": 2000,
    "total_file_usage": 5, "file_limit": 10,
}  # fmt: skip
SHARED: dict[str, Any] = {
    "type": "fileset", "user": "alice", "path": "/fs/project", "block_usage": 500,
    "total_block_usage": 1000, "block_limit": 2000, "file_usage": 1, "total_file_usage": 5,
    "file_limit": 10,
}  # fmt: skip
QUOTAS: dict[str, Any] = {"version": 1, "timestamp": 1525361263, "quotas": [HOME, SHARED]}
BALANCES: dict[str, Any] = {
    "version": 1,
    "timestamp": 1525361263,
    "config": {"unit": "RU", "project_type": "project"},
    "balances": [
        {"user": "alice", "value": 10},
        {"user": "alice", "project": "bm0146", "value": -3.5},
        {"user": "bob", "project": "bm0146", "value": 7},
    ],
}


def changed(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a file with one quota, *row* with changes; None takes a key away."""
    new = {name: value for name, value in {**row, **changes}.items() if value is not None}
    return {**QUOTAS, "quotas": [new]}
