"""What is announced is put together from the store, the files and site.yml."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from hub_config.model.announcement import WRITE, Announcement, Announcing, Maintenance, News
from hub_config.model.branding import Branding
from hub_config.model.told import Told
from hub_config.model.usage import Usage
from services.announcements import show, times
from services.announcements.__main__ import make
from services.announcements.api import Published
from services.announcements.board import NEWS, Board
from services.announcements.entry import Entry
from services.announcements.folder import Folder
from services.announcements.rights import Rights
from services.announcements.store import Store
from services.announcements.times import state
from services.common.handlers import Refused
from services.common.person import Person

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOBODY: frozenset[str] = frozenset()


def told(folder: Path, **branding: Any) -> Told:
    """Return what a service knows of a small site."""
    return Told(
        folder=str(folder), prefix="", origin="", subdomains=False, branding=Branding(**branding),
        applications={}, menu=(), groups=("climate",), announcements=Announcing(), usage=Usage(),
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(make_url(f"sqlite:///{tmp_path}/a.db"))
    yield store
    store.close()


def board(store: Store, folder: Path, **branding: Any) -> Board:
    return Board(told(folder, **branding), store, Folder(folder))


def one(title: str, **fields: Any) -> Announcement:
    return Announcement(title=title, text="x", **fields)


def titles(entries: list[Entry]) -> list[str | None]:
    return [entry.body.title for entry in entries]


def test_all_three_sources_the_gravest_first(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "announcements.d"
    folder.mkdir()
    folder.joinpath("a.md").write_text("---\ntitle: file\nseverity: critical\n---\nx\n")
    store.add(one("store"), "eve")
    all_ = board(store, tmp_path, announcements=(one("site", severity="warning"),))
    assert titles(all_.shown(NOBODY, NOW)) == ["file", "site", "store"]
    hub = all_.for_hub(NOW)
    assert [told["title"] for told in hub["announcements"]] == ["file", "store"]
    assert hub["announcements"][0]["id"].startswith("a.md-")
    assert hub["announcements"][1]["id"].startswith("1-")


def test_groups_and_times(store: Store, tmp_path: Path) -> None:
    store.add(one("climate", groups=("climate",)), "eve")
    store.add(one("ocean", groups=("ocean", "ice")), "eve")
    store.add(one("later", start=NOW + timedelta(hours=1)), "eve")
    store.add(one("over", end=NOW), "eve")
    store.add(one("draft"), "eve", draft=True)
    store.withdraw(store.add(one("gone"), "eve").id, "eve")
    all_ = board(store, tmp_path)
    assert titles(all_.shown(NOBODY, NOW)) == []
    assert titles(all_.shown(frozenset({"climate"}), NOW)) == ["climate"]
    assert titles(all_.shown(frozenset({"ice"}), NOW + timedelta(hours=1))) == ["later", "ocean"]
    hub = [told["title"] for told in all_.for_hub(NOW)["announcements"]]
    assert sorted(hub) == ["climate", "later", "ocean"]
    assert all_.groups() == ["climate", "ice", "ocean"]


def test_the_hub_gets_the_newest_news_and_readers_all(store: Store, tmp_path: Path) -> None:
    first = NOW.date() - timedelta(days=NEWS + 5)
    for days in range(NEWS + 5):
        store.add(News(date=first + timedelta(days=days), title=str(days)), "eve")
    store.add(News(date=NOW.date() + timedelta(days=9), title="coming"), "eve")
    all_ = board(store, tmp_path, news=(News(date=NOW.date(), title="site"),))
    given = [told["title"] for told in all_.for_hub(NOW)["news"]]
    assert (given[0], len(given)) == (str(NEWS + 4), NEWS)
    assert titles(all_.news(NOW))[:2] == ["site", str(NEWS + 4)]
    assert len(all_.news(NOW)) == NEWS + 6


def test_a_database_that_does_not_answer_is_said_in_words(store: Store, tmp_path: Path) -> None:
    all_ = board(store, tmp_path)
    with store._engine.begin() as db:
        db.execute(text("DROP TABLE berth_announcements"))
    with pytest.raises(Refused) as caught:
        all_.entries()
    assert caught.value.status_code == 503
    assert caught.value.text == (
        "The database of the announcements does not answer. Please try again later."
    )


def test_the_service_ends_with_words_where_it_cannot_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BERTH_DATABASE", f"sqlite:///{tmp_path}/nowhere/a.db")
    with pytest.raises(SystemExit, match=r"/nowhere/a\.db cannot be opened — is it there"):
        make(told(tmp_path))
    monkeypatch.setenv("BERTH_DATABASE", "postgresql://berth:a-word@127.0.0.1:1/berth")
    with pytest.raises(SystemExit) as caught:
        make(told(tmp_path))
    assert "postgresql://berth:***@127.0.0.1:1/berth cannot be opened" in str(caught.value)
    assert "a-word" not in str(caught.value)


@pytest.mark.parametrize(
    ("scopes", "groups", "may"),
    [
        ((), (), False), ((), ("climate",), False), ((WRITE,), (), True),
        ((WRITE,), ("climate",), True), ((f"{WRITE}!group=climate",), (), False),
        ((f"{WRITE}!group=climate",), ("climate",), True),
        ((f"{WRITE}!group=climate",), ("climate", "ocean"), False),
        ((f"{WRITE}!group=climate", f"{WRITE}!group=ocean"), ("climate", "ocean"), True),
        ((f"{WRITE}!group=climate",), ("climate2",), False),
        (("admin:users", "admin-ui"), (), False), ((f"{WRITE}!user=eve",), (), False),
    ],
)  # fmt: skip
def test_rights(scopes: tuple[str, ...], groups: tuple[str, ...], may: bool) -> None:
    person = Person("x", "user", admin=True, scopes=frozenset(scopes))
    assert Rights.of(person).may(frozenset(groups)) is may


def test_the_hub_and_root_may_write_everything() -> None:
    assert Rights.of(Person("hub", "hub")).may(NOBODY)


def test_what_writers_see_of_an_entry() -> None:
    begins = (NOW + timedelta(days=1)).isoformat()
    window = {"begins": begins, "lasts": "30m", "repeat": "FREQ=DAILY", "notice": "2d"}
    body = Announcement.model_validate(
        {"text": "x", "severity": "maintenance", "maintenance": window}
    )
    row = show.row(Entry("1", body), NOW)
    assert (row.state, row.open, row.card.label) == ("Shown", True, "Maintenance")
    assert row.card.window
    assert row.card.window.begin == NOW + timedelta(days=1)
    assert row.card.repeats is not None
    gone = show.row(Entry("1", body, withdrawn=NOW), NOW)
    assert (gone.state, gone.open, gone.when) == ("Withdrawn", False, ())
    assert set(show.STATES) == {"draft", "coming", "shown", "past", "withdrawn"}
    assert state(Entry("1", body), NOW) == "shown"


@pytest.mark.parametrize(
    ("title", "text_", "expected"),
    [
        ("T", "x", {"": ("T", "x")}),
        ("T", {"en": "x", "de": "y"}, {"en": ("T", "x"), "de": ("T", "y")}),
        ({"de": "D"}, "x", {"de": ("D", "x")}),
        (None, {"de": "y"}, {"de": ("", "y")}),
    ],
)
def test_a_preview_shows_each_language(title: Any, text_: Any, expected: Any) -> None:
    body = Announcement.model_validate({"title": title, "text": text_})
    assert show.preview(body, NOW).texts == expected


def test_a_stored_row_that_is_broken_hides_no_other(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.add(one("good"), "eve")
    for body in ('{"text": "x", "start": "9999-12-31T23:59-12:00"}', "[]", "no JSON"):
        id_ = store.add(one("bad"), "eve").id
        with store._engine.begin() as db:
            row = {"id": int(id_), "body": body}
            db.execute(text("UPDATE berth_announcements SET body = :body WHERE id = :id"), row)
    with store._engine.begin() as db:
        db.execute(text("UPDATE berth_announcements SET kind = 'rumour' WHERE id = 2"))
    all_ = board(store, tmp_path)
    for _ in range(3):
        assert [told["title"] for told in all_.for_hub(NOW)["announcements"]] == ["good"]
        assert titles(all_.shown(NOBODY, NOW)) == ["good"]
    assert caplog.text.count("cannot be read by this release") == 3, "each of them once"


def test_what_cannot_be_counted_with_is_left_out(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    far = datetime(9999, 12, 31, tzinfo=UTC)
    times._say_once.cache_clear()
    window = Maintenance.model_construct(
        begins=far, lasts=99999 * 86400, repeat=None, partitions=(), notice=1, zone=None
    )
    bad = one("bad").model_copy(update={"maintenance": window})
    store.add(one("good"), "eve")
    all_ = board(store, tmp_path)
    all_.folder._good["bad.md"] = Entry("bad.md", bad, file="announcements.d/bad.md")
    for _ in range(3):
        assert [told["title"] for told in all_.for_hub(NOW)["announcements"]] == ["good"]
    assert caplog.text.count("Announcement bad.md, version 1, is not shown") == 1


def test_the_store_gives_readers_neither_drafts_nor_what_is_withdrawn(
    store: Store, tmp_path: Path
) -> None:
    kept = store.add(one("kept"), "eve")
    store.add(one("draft"), "eve", draft=True)
    store.withdraw(store.add(one("gone"), "eve").id, "eve")
    back = store.withdraw(store.add(one("back"), "eve").id, "eve")
    again = store.change(back.id, back.body, "eve", back.revision)
    assert store.open() == [again, kept]
    assert len(store.entries()) == 4
    assert board(store, tmp_path).open() == [again, kept]


def test_what_the_hub_asks_for_is_found_in_a_thread_of_its_own(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(one("store"), "eve")
    all_, real = board(store, tmp_path), Board.for_hub
    threads: list[threading.Thread] = []
    told: list[dict[str, Any]] = []

    def watched(self: Board, now: datetime) -> dict[str, Any]:
        threads.append(threading.current_thread())
        return real(self, now)

    monkeypatch.setattr(Board, "for_hub", watched)
    monkeypatch.setattr(Published, "board", all_)
    asked = Published.__new__(Published)
    asked.person = Person("hub", "hub", admin=True)
    monkeypatch.setattr(asked, "finish", told.append)
    asyncio.run(asked.get())
    assert [one["title"] for one in told[0]["announcements"]] == ["store"]
    assert threads[0] is not threading.main_thread()
