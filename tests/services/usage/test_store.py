"""Every server is counted once, whatever is told again, corrected, cut off or forgotten."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import make_url, select

from services.usage.figures import MOST_PEOPLE, Figures, figures, people
from services.usage.server import Server
from services.usage.spans import Span, read
from services.usage.store import Store
from services.usage.sums import BY
from services.usage.tables import ACTIVE, COUNTS, PEOPLE, SERVERS, WAITS
from tests.services.usage.story import DAY, Story, Told, counted, story

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
"""A month in which clocks go forward."""
SPANS = ("2026-W10", "2026-W13", "2026-W14", "2026-02", "2026-03", "2026-04", "2026")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store, in a place where clocks change."""
    store = Store(make_url(f"sqlite:///{tmp_path}/usage.db"), BERLIN)
    yield store
    store.close()


def within(told: Story, span: Span) -> list[Told]:
    """Return the servers of the story in *span*, by the clock of Berlin."""
    first = datetime(span.first.year, span.first.month, span.first.day, tzinfo=BERLIN)
    end = span.last + timedelta(days=1)
    last = datetime(end.year, end.month, end.day, tzinfo=BERLIN)
    return told.within(first.timestamp(), last.timestamp())


def agree(found: Figures, servers: list[Told]) -> None:
    """Check the figures of a span against what its servers come to, counted one by one."""
    for by in BY:
        told = {line.name: (line.starts, line.ready, line.failed) for line in found.by[by]}
        assert told == counted(servers, by)
    assert found.total.starts == len(servers)
    failures = Counter(told.outcome for told in servers if told.failed)
    assert {one.outcome: one.servers for one in found.failures} == failures
    charted = {name: sum(starts) for name, starts in found.chart.rows.items()}
    assert charted == Counter(told.application for told in servers)
    if found.people is not None:
        named = Counter(told.user for told in servers).most_common(MOST_PEOPLE)
        assert [one.starts for one in found.people] == [number for _, number in named]


def test_sums_are_those_of_a_recount(store: Store) -> None:
    told = story(1500, FIRST, 45)
    for page in range(0, len(told.events), 97):
        events = told.events[page : page + 97]
        store.take(events, events[-1]["id"])
    for name in SPANS:
        agree(figures(store, read(name), names=True), within(told, read(name)))
    assert store.read().last == len(told.events)


def test_what_is_told_again_changes_nothing(store: Store) -> None:
    told = story(300, FIRST, 20)
    for _ in range(3):
        store.take(told.events, len(told.events))
    for page in range(0, len(told.events), 10):
        store.take(told.events[page : page + 25], len(told.events))
    # Half of a history told again ends with the state that its later half had.
    store.take(told.events, len(told.events))
    agree(figures(store, read("2026"), names=True), list(told.servers.values()))


def test_a_correction_of_an_end_counts_and_the_end_before_it_does_not(store: Store) -> None:
    told = Story()
    server = told.request(1, FIRST)
    told.ready(server, 4.0)
    told.end(server, FIRST + 60, "lost")
    store.take(told.events, 3)
    assert [one.outcome for one in figures(store, read("2026"), False).failures] == ["lost"]
    told.end(server, FIRST + 60, "out_of_memory", "OUT_OF_MEMORY")
    store.take(told.events[3:], 4)
    found = figures(store, read("2026"), False)
    assert [(one.outcome, one.servers) for one in found.failures] == [("out_of_memory", 1)]
    assert (found.total.starts, found.total.failed) == (1, 1)


def test_what_is_told_of_servers_nobody_asked_for_is_not_counted(store: Store) -> None:
    told = Story()
    stranger = Told("f" * 32, "cat", "lab", "shared", "shared-1", FIRST)
    told.ready(stranger, 3.0)
    told.end(stranger, FIRST + 60, "failed")
    store.take(told.events, 2)
    found = figures(store, read("2026"), True)
    assert found.total.starts == found.total.failed == 0
    assert (found.waits, found.failures, found.people) == ([], [], [])


def test_events_of_later_hubs_are_left_alone(store: Store) -> None:
    told = story(20, FIRST, 1)
    later = [event | {"version": 2} for event in story(20, FIRST, 1, seed=2).events]
    other = [event | {"schema": "server-moved"} for event in story(20, FIRST, 1, seed=3).events]
    more = [event | {"data": event["data"] | {"colour": "red"}} for event in told.events]
    store.take([*later, *other, *more], 9)
    agree(figures(store, read("2026"), True), list(told.servers.values()))


@pytest.mark.parametrize(
    "broken",
    [
        {"data": None}, {"data": {}}, {"at": None}, {"at": "soon"},
        {"data": {"uuid": "a" * 33}}, {"data": {"uuid": 7}},
    ],
)  # fmt: skip
def test_an_event_that_is_none_is_logged_and_stops_nothing(
    store: Store, broken: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    told = story(20, FIRST, 1)
    with caplog.at_level(logging.ERROR, "berth.usage"):
        store.take([{**told.events[0], "id": 4711, **broken}, *told.events], len(told.events))
    agree(figures(store, read("2026"), True), list(told.servers.values()))
    assert "Event 4711 of the hub is left out" in caplog.text


def test_a_page_that_cannot_be_stored_is_stored_later_as_a_whole(store: Store) -> None:
    told = story(50, FIRST, 2)
    half = len(told.events) // 2
    store.take(told.events[:half], half)
    before = figures(store, read("2026"), True, now=0.0)
    with store.engine.connect() as connection:  # the last that is written of a page fails
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON usage_read BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        connection.commit()
    with pytest.raises(Exception, match="full"):
        store.take(told.events[half:], len(told.events))
    assert figures(store, read("2026"), True, now=0.0) == before
    assert store.read().last == half
    with store.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
        connection.commit()
    store.take(told.events[half:], len(told.events))
    agree(figures(store, read("2026"), True), list(told.servers.values()))


def test_names_are_forgotten_in_time_and_counts_stay(store: Store) -> None:
    told = story(1200, FIRST, 60)
    store.take(told.events, len(told.events))
    now, keep = FIRST + 60 * DAY, 35 * DAY
    before = {name: figures(store, read(name), False, now) for name in SPANS}
    store.forget(keep, now)
    horizon = now - keep
    young = {one.user for one in told.servers.values() if one.at >= horizon}
    with store.engine.connect() as connection:
        known = set(connection.execute(select(SERVERS.c.user)).scalars())
        assert known == young
        assert min(connection.execute(select(SERVERS.c.at)).scalars()) >= horizon
        spans = set(connection.execute(select(PEOPLE.c.span)).scalars())
        first = datetime.fromtimestamp(horizon, BERLIN).date()
        assert spans
        assert all(read(span).first >= first for span in spans)
        assert set(connection.execute(select(ACTIVE.c.user)).scalars()) == young
        assert people(connection, read("2026-W10")) == []
    for name, old in before.items():
        found = figures(store, read(name), False, now)
        assert (found.waits, found.chart) == (old.waits, old.chart)
        assert [(o.name, o.starts) for o in found.by["profile"]] == [
            (o.name, o.starts) for o in old.by["profile"]
        ]


def test_a_server_without_an_end_is_lost_when_it_is_forgotten(store: Store) -> None:
    told = Story()
    for number in range(1, 1203):
        told.ready(told.request(number, FIRST), 2.0)
    store.take(told.events, len(told.events))
    store.forget(35 * DAY, FIRST + 40 * DAY)
    found = figures(store, read("2026"), False)
    assert [(one.outcome, one.servers) for one in found.failures] == [("lost", 1202)]
    assert found.total.starts == 1202
    with store.engine.connect() as connection:
        for table in (SERVERS, ACTIVE, PEOPLE):
            assert connection.execute(select(table)).first() is None
        assert set(connection.execute(select(COUNTS.c.outcome)).scalars()) == {"lost"}
        assert connection.execute(select(WAITS)).first() is not None


def test_a_store_is_there_again_after_a_restart(tmp_path: Path) -> None:
    told = story(30, FIRST, 3)
    for _ in range(2):
        store = Store(make_url(f"sqlite:///{tmp_path}/usage.db"))
        store.take(told.events, len(told.events), at=12.5)
        store.close()
    store = Store(make_url(f"sqlite:///{tmp_path}/usage.db"))
    assert (store.read().last, store.read().at) == (len(told.events), 12.5)
    agree(figures(store, read("2026"), True), list(told.servers.values()))
    store.close()


def test_rows_have_what_the_hub_told(store: Store) -> None:
    told = Story()
    server = told.request(7, FIRST, user="ben", profile="advanced", partition="gpu")
    told.ready(server, 61.26)
    told.end(server, FIRST + 100, "failed", "NonZeroExitCode")
    store.take(told.events, 3)
    with store.engine.connect() as connection:
        row = connection.execute(select(SERVERS)).mappings().one()
    assert Server(**row) == Server(
        uuid=server.uuid, user="ben", server="", profile="advanced", kind="advanced",
        application="lab", partition="gpu", cores=1, memory=2560, walltime=3600, gpus=0, at=FIRST,
        waited=61.26, ended=FIRST + 100, outcome="failed", reason="NonZeroExitCode", ready=True,
    )  # fmt: skip
