"""What the form remembers, on a running hub: kept over a restart, its user's alone, and Reset."""

import re
import sqlite3
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests

from tests.hub.room import Room, running, stop_all
from tests.pages.markup import Page, parse
from tests.support.hubs import Visitor, until

WIDE = {"profile": "advanced", "partition": "local", "cores": "2", "memory": "0.75",
        "walltime": "3", "application": "terminal", "log_name": "mine"}  # fmt: skip


@pytest.fixture(scope="module")
def own_room() -> Iterator[Room]:
    """A hub of our own: it is restarted, and its users are renamed and deleted."""
    with running({}) as room:
        yield room


def visitors(room: Room, name: str) -> Iterator[Visitor]:
    visitor = room.visitor(name)
    yield visitor
    stop_all(visitor)
    visitor.forget()
    visitor.close()


@pytest.fixture
def ann(own_room: Room) -> Iterator[Visitor]:
    yield from visitors(own_room, "ann")


@pytest.fixture
def ben(own_room: Room) -> Iterator[Visitor]:
    yield from visitors(own_room, "ben")


@pytest.fixture
def quick(own_room: Room) -> Iterator[None]:
    """Servers that come to nothing at once: it is their start that counts."""
    with own_room.launcher(own_room.standin):
        yield


def page(visitor: Visitor, path: str = "/hub/spawn") -> Page:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def shown(form: Page, field: str, pane: str = "advanced") -> str:
    control = form.one(id=f"{pane}-{field}")
    if control.tag == "input":
        return control["value"]
    chosen = [o["value"] for o in form.within(control, "option") if "selected" in o.attributes]
    return chosen[0] if chosen else ""


def card(form: Page) -> str:
    (chosen,) = [r for r in form.all("input", name="profile") if "checked" in r.attributes]
    return chosen["value"]


def badges(form: Page) -> list[str]:
    """Return the panes that say that they show what was saved."""
    forms = [element["action"] for element in form.all("form")]
    return re.findall(r"/forget/\w+/(\w+)", " ".join(forms))


def start_and_stop(visitor: Visitor, server: str, answers: dict[str, str]) -> None:
    assert visitor.submit_form(server, answers).status_code == 302
    stop_all(visitor)


def forget(visitor: Visitor, name: str, pane: str, *, then: str = "") -> requests.Response:
    address = f"/hub/berth/forget/{name}/{pane}?next={quote(then)}"
    return visitor.post(address, {}, allow_redirects=False)


@pytest.mark.usefixtures("quick")
def test_the_last_start_is_shown_until_reset_also_after_a_restart(
    own_room: Room, ben: Visitor
) -> None:
    fresh = page(ben)
    assert badges(fresh) == []
    assert shown(fresh, "cores") == "1"
    start_and_stop(ben, "", WIDE)
    start_and_stop(ben, "", {"profile": "notebook", "log_name": "hers"})
    own_room.hub.stop()
    own_room.hub.start()
    form = page(ben)
    assert badges(form) == ["preset", "advanced"]
    assert (card(form), shown(form, "log_name", "preset")) == ("notebook", "hers")
    seen = {name: shown(form, name) for name in WIDE if name != "profile"}
    assert seen == {name: value for name, value in WIDE.items() if name != "profile"}
    assert "Options saved" in form.text
    assert "Filled in as in your last start." in form.text
    answer = forget(ben, "ben", "advanced", then="/hub/spawn/ben?next=%2Fhub%2Ftoken")
    assert (answer.status_code, answer.headers["Location"]) == (
        302, "/hub/spawn/ben?next=%2Fhub%2Ftoken#pane-advanced"
    )  # fmt: skip
    form = page(ben)
    assert badges(form) == ["preset"]
    assert (shown(form, "cores"), shown(form, "log_name")) == ("1", shown(fresh, "log_name"))
    assert card(form) == "notebook"


@pytest.mark.usefixtures("quick")
def test_only_a_start_by_the_form_is_remembered(ben: Visitor) -> None:
    assert ben.start("", {"profile": "small"}).status_code in (201, 202)
    stop_all(ben)
    refused = ben.submit_form("", {"profile": "advanced", "partition": "local", "cores": "99"})
    assert (refused.status_code, "Your server was not started" in refused.text) == (400, True)
    by_scheduler = ben.submit_form("", {"profile": "refused"})
    assert by_scheduler.status_code != 302
    assert badges(page(ben)) == []


@pytest.mark.usefixtures("quick")
def test_a_link_wins_over_the_memory_and_what_was_posted_over_both(ben: Visitor) -> None:
    bare = page(ben)
    start_and_stop(ben, "", WIDE)
    link = "/hub/spawn?opt-profile=advanced&opt-partition=elsewhere&opt-cores=7"
    form = page(ben, link)
    assert (shown(form, "partition"), shown(form, "cores")) == ("elsewhere", "7")
    assert (shown(form, "log_name"), shown(form, "application")) == (shown(bare, "log_name"), "")
    posted = {"profile": "advanced", "partition": "local", "cores": "3"}
    answer = ben.post(link, posted, allow_redirects=False)
    form = parse(answer.text)
    assert (shown(form, "cores"), shown(form, "application")) == ("3", "")
    assert badges(form) == []


@pytest.mark.usefixtures("quick")
def test_what_is_not_possible_any_more_is_left_out(own_room: Room, ben: Visitor) -> None:
    start_and_stop(ben, "", WIDE)
    profiles = own_room.folder / "profiles.d" / "tests.yml"
    before = profiles.read_text()
    profiles.write_text(before.replace("cores: {default: 1, max: 2}", "cores: {max: 1}"))
    until(lambda: shown(page(ben), "cores") == "1", "the form of the new profiles")
    assert shown(page(ben), "walltime") == "3"
    profiles.write_text(before)
    until(lambda: shown(page(ben), "cores") == "2", "the form of the old profiles")


# --- whose memory it is


@pytest.mark.usefixtures("quick")
def test_an_admin_sees_the_users_values_and_changes_none(ann: Visitor, ben: Visitor) -> None:
    start_and_stop(ben, "", WIDE)
    form = page(ann, "/hub/spawn/ben")
    assert shown(form, "cores") == "2"
    assert "Filled in as in the last start of ben." in form.text
    answers = {"profile": "small"}
    assert ann.post("/hub/spawn/ben", answers, allow_redirects=False).status_code == 302
    stop_all(ben)
    assert badges(page(ben)) == ["advanced"], "ben did not choose that"
    assert badges(page(ann)) == [], "nor is it what ann chose for herself"


@pytest.mark.usefixtures("quick")
def test_nobody_but_oneself_and_an_admin_can_reset(ann: Visitor, ben: Visitor) -> None:
    start_and_stop(ann, "", {"profile": "small"})
    start_and_stop(ben, "", {"profile": "small"})
    for name in ("ann", "nobody"):  # nor does ben learn who is there
        assert forget(ben, name, "preset").status_code == 404
    assert badges(page(ann)) == ["preset"]
    bare = ben.session.post(f"{ben.url}/hub/berth/forget/ben/preset", timeout=60)
    assert bare.status_code == 403, "without the page's _xsrf"
    assert ben.get("/hub/berth/forget/ben/preset").status_code == 405
    stranger = requests.post(
        f"{ben.url}/hub/berth/forget/ben/preset", timeout=60, allow_redirects=False
    )
    assert stranger.status_code in (302, 403)
    assert badges(page(ben)) == ["preset"]
    assert forget(ann, "ben", "preset").status_code == 302
    assert badges(page(ben)) == []


def test_reset_leads_nowhere_else(ben: Visitor) -> None:
    answer = forget(ben, "ben", "preset", then="https://example.org/")
    assert answer.headers["Location"] == "/hub/spawn/ben#pane-preset"


@pytest.mark.usefixtures("quick")
def test_the_memory_goes_with_its_user(own_room: Room, ann: Visitor) -> None:
    """The hub stores names and numbers of users; a number may come again."""
    cat = own_room.visitor("cat")
    start_and_stop(cat, "", WIDE)
    assert rows(own_room, "cat") == 1
    assert ann.api("PATCH", "/users/cat", {"name": "kate"}).status_code == 200
    assert rows(own_room, "kate") == 1
    assert ann.api("DELETE", "/users/kate").status_code == 204
    assert rows(own_room) == 0
    cat.close()


def rows(room: Room, name: str = "") -> int:
    """Return how many rows there are, or how many of this user."""
    where = "WHERE user_id = (SELECT id FROM users WHERE name = ?)" if name else "WHERE ?=''"
    with sqlite3.connect(room.folder / "jupyterhub.sqlite") as connection:
        sql = f"SELECT count(*) FROM berth_remembered {where}"  # noqa: S608 - one of two texts
        (count,) = connection.execute(sql, (name,)).fetchone()
    connection.close()
    return int(count)
