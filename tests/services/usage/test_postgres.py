"""PostgreSQL holds the same statistics as SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from services.usage.figures import figures, weeks
from services.usage.sheet import NAMED, OPEN, sheet
from services.usage.spans import read
from services.usage.store import Store
from tests.ops.postgres import PostgreSQL
from tests.services.usage.story import DAY, story

FIRST = datetime(2026, 6, 1, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    postgres = PostgreSQL()
    yield postgres
    postgres.close()


def test_it_tells_the_same(postgres: PostgreSQL, tmp_path: Path) -> None:
    lite = Store(make_url(f"sqlite:///{tmp_path}/usage.db"), UTC)
    big = Store(make_url(postgres.url), UTC)
    told, now = story(600, FIRST, 60), FIRST + 60 * DAY
    for store in (lite, big):
        for page in range(0, len(told.events), 300):  # each half of a page is told twice
            store.take(told.events[page : page + 450], page + 450, at=now)
        store.take(told.events, 1795300000123, at=now)
    _compare(lite, big, now)
    for store in (lite, big):
        store.forget(35 * DAY, now)
    _compare(lite, big, now)
    assert big.read().last == 1795300000123
    lite.close()
    big.close()


def _compare(lite: Store, big: Store, now: float) -> None:
    spans = [read(name) for name in ("2026-W23", "2026-W30", "2026-06", "2026-07", "2026")]
    for span in spans:
        assert figures(big, span, True, now) == figures(lite, span, True, now)
        for rows in (*OPEN.values(), *NAMED.values()):
            assert sheet(big, span, rows) == sheet(lite, span, rows)
    assert weeks(big, spans) == weeks(lite, spans)
    assert figures(big, spans[-1], True, now).total.starts == 600
