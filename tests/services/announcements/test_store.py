"""Entries are kept with every version, in SQLite and in PostgreSQL."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from hub_config.model.announcement import Announcement, News
from services.announcements.entry import Body
from services.announcements.store import Changed, Store, Unknown
from services.common.postgres import driver, patience
from tests.ops.postgres import PostgreSQL

WARNING = Announcement.model_validate_json(
    '{"severity": "warning", "title": {"en": "Queue", "de": "Warten"}, "text": "Long *queue*",'
    ' "start": "2026-03-01T08:00+01:00", "where": ["form"], "groups": ["climate"],'
    ' "maintenance": {"begins": "2026-03-02T03:26+01:00", "lasts": "30m",'
    ' "repeat": "FREQ=MONTHLY;BYDAY=2TU", "partitions": ["gpu"]}}'
)
NEWS = News.model_validate_json('{"date": "2026-03-01", "title": "New nodes"}')


def later(body: Body, **changes: Any) -> Body:
    return body.model_copy(update=changes)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hub)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database that is empty."""
    if request.param == "sqlite":
        yield make_url(f"sqlite:///{tmp_path}/announcements.db")
        return
    server: PostgreSQL = request.getfixturevalue("postgres")
    yield make_url(server.url)
    server.sql("DROP TABLE IF EXISTS berth_announcements, berth_announcements_history")


@pytest.fixture
def store(url: URL) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


def test_what_is_kept_comes_back_after_a_restart(store: Store, url: URL) -> None:
    first, second = store.add(WARNING, "eve"), store.add(NEWS, "ann", draft=True)
    assert (first.body, first.author, first.revision, first.draft) == (WARNING, "eve", 1, False)
    assert (second.body, second.kind, second.draft) == (NEWS, "news", True)
    store.close()
    again = Store(url)
    assert again.entries() == [second, first], "what was changed last comes first"
    assert again.entry(first.id) == first
    assert getattr(again.entry(first.id).body.title, "languages", None) == {
        "en": "Queue", "de": "Warten",
    }  # fmt: skip
    again.close()


def test_every_version_is_in_the_history(store: Store) -> None:
    id_ = store.add(WARNING, "eve", draft=True).id
    store.change(id_, later(WARNING, text="Longer"), "ann", 1)
    store.change(id_, later(WARNING, text="Longest"), "ben", 2)
    done = store.withdraw(id_, "eve")
    assert done.withdrawn
    assert not done.open
    assert [(one.revision, one.who, one.what, one.body.text) for one in store.history(id_)] == [
        (4, "eve", "withdrawn", "Longest"),
        (3, "ben", "changed", "Longest"),
        (2, "ann", "published", "Longer"),
        (1, "eve", "created", "Long *queue*"),
    ]
    assert store.entry(id_).author == "eve", "who began it"


def test_what_was_withdrawn_can_be_published_again(store: Store) -> None:
    id_ = store.add(WARNING, "eve").id
    gone = store.withdraw(id_, "eve")
    assert store.withdraw(id_, "ann") == gone, "a second time changes nothing"
    back = store.change(id_, WARNING, "eve", gone.revision)
    assert back.open
    assert store.history(id_)[0].what == "published"


def test_the_slower_of_two_is_told_and_nothing_is_lost(store: Store) -> None:
    id_ = store.add(WARNING, "eve").id
    store.change(id_, later(WARNING, text="ann's"), "ann", 1)
    with pytest.raises(Changed) as caught:
        store.change(id_, later(WARNING, text="eve's"), "eve", 1)
    assert (caught.value.entry.revision, caught.value.entry.body.text) == (2, "ann's")
    with pytest.raises(Changed):
        store.withdraw(id_, "eve", 1)
    assert store.entry(id_).body.text == "ann's"
    assert len(store.history(id_)) == 2


@pytest.mark.parametrize("id_", ["1", "0", "", "x", "-1", "1.5", "٣", "99999999999", "1 OR 1=1"])
def test_what_is_not_there_is_unknown(store: Store, id_: str) -> None:
    for ask in (store.entry, store.history, lambda name: store.withdraw(name, "eve")):
        with pytest.raises(Unknown):
            ask(id_)
    with pytest.raises(Unknown):
        store.change(id_, WARNING, "eve", 1)


def test_a_table_of_an_earlier_release_gets_its_columns(url: URL) -> None:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
    )
    with engine.begin() as db:
        db.execute(
            text(
                "CREATE TABLE berth_announcements (id INTEGER PRIMARY KEY, revision INTEGER,"
                " kind VARCHAR(16), body TEXT, author VARCHAR(255), created FLOAT, changed FLOAT)"
            )
        )
        body = '{"date": "2026-03-01", "title": "Old"}'
        row = {"body": body}
        db.execute(
            text("INSERT INTO berth_announcements VALUES (1, 1, 'news', :body, 'eve', 1.0, 1.0)"),
            row,
        )
    store = Store(url)
    (entry,) = store.entries()
    assert (entry.body.title, entry.draft, entry.withdrawn) == ("Old", False, None)
    assert "withdrawn" in {
        one["name"] for one in inspect(engine).get_columns("berth_announcements")
    }
    store.close()
    again = Store(url)
    assert again.entries() == [entry], "a second start finds nothing to do"
    again.close()
    engine.dispose()


def test_what_a_later_release_wrote_hides_nothing_else(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    kept, strange = store.add(WARNING, "eve"), store.add(NEWS, "eve")
    with store._engine.begin() as db:
        where = {"id": int(strange.id), "body": '{"date": "2026-03-01", "hologram": true}'}
        db.execute(text("UPDATE berth_announcements SET body = :body WHERE id = :id"), where)
    assert store.entries() == [kept]
    assert f"Announcement {strange.id} cannot be read by this release" in caplog.text


def test_the_file_is_written_ahead(tmp_path: Path) -> None:
    store = Store(make_url(f"sqlite:///{tmp_path}/a.db"))
    store.add(NEWS, "eve")
    assert stat.S_ISREG((tmp_path / "a.db-wal").stat().st_mode)
    store.close()


def test_what_cannot_be_read_is_logged_once_for_each_version(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.add(NEWS, "eve")
    with store._engine.begin() as db:
        db.execute(text("UPDATE berth_announcements SET kind = 'rumour'"))
    for _ in range(3):
        assert (store.entries(), store.open()) == ([], [])
    assert caplog.text.count("cannot be read by this release") == 1
    with store._engine.begin() as db:
        db.execute(text("UPDATE berth_announcements SET revision = 2"))
    store.open()
    assert caplog.text.count("cannot be read by this release") == 2


@pytest.mark.hub
def test_a_statement_that_hangs_ends(postgres: PostgreSQL) -> None:
    url = make_url(postgres.url).update_query_dict({"options": "-c statement_timeout=50"})
    engine = create_engine(driver(url), connect_args=patience(url))
    with engine.connect() as db, pytest.raises(OperationalError, match="statement timeout"):
        db.execute(text("SELECT pg_sleep(600)"))
    engine.dispose()
