"""What is announced is put together from the store, the files and site.yml."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from hub_config.model.announcement import Announcement, Announcing, News
from hub_config.model.branding import Branding
from hub_config.model.told import Told
from hub_config.model.usage import Usage
from services.announcements import show
from services.announcements.__main__ import make
from services.announcements.board import NEWS, Board
from services.announcements.entry import Entry
from services.announcements.folder import Folder
from services.announcements.rights import WRITE, Rights
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
    assert [told["title"] for told in hub["announcements"]] == ["store", "file"]
    assert hub["announcements"][0]["id"].startswith("1-")
    assert hub["announcements"][1]["id"].startswith("a.md-")


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
