"""Reads a hub's database beside the hub: whether its event log and its ledger say the same."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_events.schema import EventSchema

from hub_config.events import SCHEMAS

Events = dict[tuple[str, str], dict[str, Any]]
"""Events by job and name, each with its columns and with ``data`` read."""

FROM_THE_REQUEST = ("profile", "application", "partition", "cores", "memory", "walltime", "gpus")


@cache
def schema(name: str) -> EventSchema:
    """Return the schema of an event, by its file."""
    return EventSchema(SCHEMAS / f"{name}.json")


def select(database: Path, query: str) -> list[dict[str, Any]]:
    """Return rows of the database of a hub that may run."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def events(database: Path) -> Events:
    """Return the whole log. Fails if an event is there twice."""
    rows = select(database, "SELECT * FROM berth_events ORDER BY id")
    found = {(row["uuid"], row["name"]): row | {"data": json.loads(row["data"])} for row in rows}
    assert len(found) == len(rows)
    return found


def check(database: Path) -> Events:
    """Fail unless the log says what the ledger says, and nothing else; return the log."""
    found = events(database)
    for event in found.values():
        schema(event["name"]).validate(event["data"])
        assert event["data"]["uuid"] == event["uuid"]
    rows = select(database, "SELECT * FROM berth_jobs")
    said = {key: at for row in rows for key, at in _says(row)}
    assert {key: event["at"] for key, event in found.items()} == said
    for row in rows:
        _check_row(row, found)
    return found


def _says(row: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield what a row of a job that was asked for in this hub says has happened, and when."""
    yield (row["uuid"], "server-requested"), row["created"]
    if row["ready"] is not None:
        yield (row["uuid"], "server-ready"), row["ready"]
    if row["ended"] is not None:
        yield (row["uuid"], "server-ended"), row["ended"]


def _check_row(row: Mapping[str, Any], found: Events) -> None:
    asked, request = found[row["uuid"], "server-requested"]["data"], json.loads(row["request"])
    assert (asked["user"], asked["server"]) == (row["user"], row["server"])
    assert [asked[n] for n in FROM_THE_REQUEST] == [request[n] for n in FROM_THE_REQUEST]
    if row["ready"] is not None:
        waited = found[row["uuid"], "server-ready"]["data"]["waited"]
        assert abs(waited - (row["ready"] - row["created"])) < 0.001
    if row["ended"] is not None:
        ended = found[row["uuid"], "server-ended"]["data"]
        assert (ended["state"], ended["reason"]) == (row["state"], row["reason"])
        assert ended["ready"] is (row["ready"] is not None)
