"""The synthetic events of the bench are as a hub would tell them, and its figures have a target."""

from typing import Any

from bench.figures import rows
from bench.usage import Telling
from hub_config.model.events import NAMES
from services.usage.server import read_event

LIMIT = 1000


def told(hub: Telling) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while page := hub.after(len(events), LIMIT):
        events += page
    return events


def test_as_many_events_are_told_as_are_asked_for_and_each_is_one() -> None:
    events = told(Telling(2500))
    assert [event["id"] for event in events] == list(range(1, 2501))
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert all(read_event(event) for event in events)
    assert len({event["data"]["uuid"] for event in events}) == len(events) // len(NAMES) + 2


def test_a_page_is_the_same_each_time_and_may_be_asked_for_from_its_middle() -> None:
    hub = Telling(2500)
    assert hub.after(1000, LIMIT) == hub.after(1000, LIMIT)
    assert hub.after(1300, LIMIT) == hub.after(1000, LIMIT)[300:]
    assert hub.after(2500, LIMIT) == []


def test_a_page_that_takes_too_long_misses_its_target() -> None:
    for p95, met in ((0.19, True), (0.21, False)):
        page = {"pages": 200, "p50": 0.1, "p95": p95, "longest": 0.3}
        seen = {"events": 1000000, "counted": 90.0, "during": page, "after": page}
        found = {row.what: row for row in rows({"usage": {"ours": [seen]}})}
        assert found["– a page then, p95 (ms)"].met is met
        assert found["– until all are counted (s)"].figures == (90.0, None)
