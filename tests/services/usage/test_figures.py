"""What is read of the sums: exact percentiles, who is active, and never more than it takes."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url

from services.usage.figures import Line, figures, percentile, weeks
from services.usage.spans import read
from services.usage.store import Store
from services.usage.sums import tenths
from tests.services.usage.story import DAY, PARTITIONS, Story, nearest_rank, story

FIRST = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
"""A Monday."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store(make_url(f"sqlite:///{tmp_path}/usage.db"), UTC)
    yield store
    store.close()


@pytest.mark.parametrize("number", [1, 2, 3, 10, 19, 20, 21, 100, 999])
@pytest.mark.parametrize("of", [50, 95, 100])
def test_a_percentile_is_the_nearest_rank(number: int, of: int) -> None:
    chance = random.Random(number)  # noqa: S311  # the same each time
    values = [chance.randrange(60) for _ in range(number)]
    counted = sorted({value: values.count(value) for value in values}.items())
    assert percentile(counted, of) == nearest_rank(values, of) / 10


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing was counted"):
        percentile([], 50)


@pytest.mark.parametrize(
    ("seconds", "counted"),
    [(0.0, 0), (0.04, 0), (1.26, 13), (59.94, 599), (60.04, 600), (61.4, 610), (61.6, 620),
     (599.4, 5990), (604.0, 6000), (606.0, 6100), (3594.0, 35900), (3629.0, 36000),
     (3631.0, 36600), (7200.4, 72000)],
)  # fmt: skip
def test_the_longer_the_coarser_are_times_counted(seconds: float, counted: int) -> None:
    assert tenths(seconds) == counted


def test_what_is_counted_is_never_far_from_what_was_told() -> None:
    for number in range(1, 10000):
        seconds = number**2 / 1000
        assert abs(tenths(seconds) / 10 - seconds) <= max(0.05, seconds / 110)


def test_waiting_times_of_a_span_are_those_of_its_servers(store: Store) -> None:
    told = story(900, FIRST, 30)
    store.take(told.events, len(told.events))
    for name, days in (("2026-W23", (0, 7)), ("2026-W26", (21, 28)), ("2026-06", (0, 30))):
        servers = told.within(FIRST + days[0] * DAY, FIRST + days[1] * DAY)
        found = {wait.partition: wait for wait in figures(store, read(name), False).waits}
        assert set(found) == set(PARTITIONS)
        for partition, wait in found.items():
            waited = [
                tenths(one.waited) / 10
                for one in servers
                if one.partition == partition and one.waited is not None
            ]
            assert wait.starts == len(waited)
            assert (wait.p50, wait.p95) == (nearest_rank(waited, 50), nearest_rank(waited, 95))


def test_who_is_active_is_who_asked_for_a_server_in_so_many_days(store: Store) -> None:
    told, now = Story(), FIRST + 40 * DAY
    for number, (user, days) in enumerate(
        [("ann", 0.5), ("ann", 20), ("ben", 1.5), ("cat", 6.9), ("dan", 7.1), ("eve", 29.9),
         ("fay", 30.1), ("ben", 35)]
    ):  # fmt: skip
        told.request(number + 1, now - days * DAY, user=user)
    store.take(told.events, len(told.events))
    assert figures(store, read("2026"), False, now).now.active == {1: 1, 7: 3, 30: 5}
    assert figures(store, read("2020"), False, now).now.active == {1: 1, 7: 3, 30: 5}


def test_what_runs_now_is_ready_and_has_not_ended(store: Store) -> None:
    told = Story()
    queued, running, over, stopped, refused = (told.request(n, FIRST) for n in range(1, 6))
    for server in (running, over, stopped):
        told.ready(server, 10.0)
    told.end(stopped, FIRST + 60, "stopped")
    told.end(refused, FIRST + 1, "refused")
    store.take(told.events, len(told.events))
    soon = figures(store, read("2026"), False, FIRST + 100).now
    assert (soon.running, soon.starting) == (2, 1)
    told.end(over, FIRST + 200, "timeout")
    store.take(told.events, len(told.events))
    later = figures(store, read("2026"), False, FIRST + 300).now
    assert (later.running, later.starting) == (1, 1)
    # An hour later its job cannot live any more: the hub has never told its end.
    late = figures(store, read("2026"), False, FIRST + 3600 + 11).now
    assert (late.running, late.starting) == (0, 1)
    assert queued.uuid != running.uuid


def test_weeks_without_a_start_are_among_the_weeks(store: Store) -> None:
    told = Story()
    told.end(told.request(1, FIRST), FIRST + 1, "refused")
    told.request(2, FIRST + 15 * DAY)
    store.take(told.events, len(told.events))
    spans = [read(f"2026-W{number}") for number in (23, 24, 25)]
    assert weeks(store, spans) == {
        spans[0]: Line("2026-W23", 1, 0, 1),
        spans[1]: Line("2026-W24", 0, 0, 0),
        spans[2]: Line("2026-W25", 1, 0, 0),
    }


def test_a_page_reads_as_much_of_many_servers_as_of_few(tmp_path: Path) -> None:
    """Twenty thousand events, and a tenth of them: as many statements, one of them on servers."""
    told = story(8000, FIRST, 28)
    assert len(told.events) > 20000
    asked = {}
    for share in (1, 10):
        store = Store(make_url(f"sqlite:///{tmp_path}/{share}.db"), UTC)
        events = [one for one in told.events if int(one["data"]["uuid"], 16) % share == 0]
        for page in range(0, len(events), 1000):
            store.take(events[page : page + 1000], len(events))
        with _listening(store) as statements:
            figures(store, read("2026-W24"), True)
        asked[share] = [statement for statement, _ in statements]
        store.close()
    assert asked[1] == asked[10]
    assert len(asked[1]) <= 12
    assert sum("usage_servers" in statement for statement in asked[1]) == 1


def test_that_one_does_not_look_at_servers_that_have_ended(store: Store) -> None:
    told = story(50, FIRST, 2)
    store.take(told.events, len(told.events))
    with _listening(store) as statements:
        figures(store, read("2026-W24"), True)
    (found,) = [one for one in statements if "usage_servers" in one[0]]
    with store.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {found[0]}", found[1]).all()
    assert "USING INDEX usage_servers_open" in str(plan)


@contextmanager
def _listening(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Yield the statements of a store and their parameters, as they come."""
    statements: list[tuple[str, Any]] = []

    def heard(_connection: object, _cursor: object, *said: Any) -> None:
        statements.append((said[0], said[1]))

    event.listen(store.engine, "before_cursor_execute", heard)
    yield statements
    event.remove(store.engine, "before_cursor_execute", heard)
