"""The home page and the logs page of a real hub: what they tell, and whom."""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.hub.room import HERE, Room
from tests.pages.markup import Element, Page, parse
from tests.support.hubs import Visitor, until

SMALL = {"profile": "small"}
TALKING = """\
#!/bin/sh
# A server that says something into its job's log, and is there at once.
echo "Here I am: <b>$USER</b> & co"
exec {quick} "$@"
"""


@pytest.fixture
def quick(room: Room) -> Iterator[None]:
    """Jobs whose servers are there at once, and say so in their logs."""
    with room.launcher(_talking(room)):
        yield


def _talking(room: Room) -> Path:
    quick = room._program("quick.py", HERE.joinpath("quick.py").read_text())
    return room._program("talking", TALKING.format(quick=quick))


@pytest.fixture(autouse=True)
def all_jobs_ended(room: Room) -> Iterator[None]:
    yield
    until(lambda: not room.living(), "the end of all jobs")


def home(visitor: Visitor) -> Page:
    answer = visitor.get("/hub/home")
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def words(page: Page, part: Element) -> list[str]:
    return [" ".join(e.text.split()) for e in page.within(part) if e.tag in ("th", "td")]


def row(visitor: Visitor, server: str) -> list[str]:
    """Return what the table tells of a server; nothing: it is not in the table."""
    page = home(visitor)
    found = page.all("tr", data_server_name=server)
    return words(page, found[0]) if found else []


def end(visitor: Visitor, server: str) -> tuple[Page, Element] | None:
    """Return the page and what it tells of a server that does not run."""
    page = home(visitor)
    titles = page.all("h2", id=f"past-{server}")
    return (page, titles[0].parents[-2]) if titles else None


def form_of(page: Page, part: Element) -> tuple[str, dict[str, str]]:
    [form] = page.within(part, "form")
    return form["action"], {e["name"]: e["value"] for e in page.within(form, "input")}


# --- the table


@pytest.mark.usefixtures("quick")
def test_a_server_from_its_row_to_its_end_and_back(ben: Visitor) -> None:
    ben.start("preset", SMALL)
    ben.wait_ready("preset")
    name, profile, partition, node, state, left, actions = row(ben, "preset")
    assert (name, profile, partition, state) == ("preset", "Small", "local", "Running")
    assert node not in ("", "–")
    assert re.match(r"1 h \d+ min|2 h 0 min", left), left
    assert actions == "Open Stop Logs"

    ben.stop("preset")
    ben.wait_stopped("preset")
    assert row(ben, "preset") == []
    found = end(ben, "preset")
    assert found is not None
    page, part = found
    assert "It was stopped." in part.text
    action, answers = form_of(page, part)
    assert action == "/hub/spawn/ben/preset"
    answer = ben.session.post(ben.url + action, data=answers, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    ben.wait_ready("preset")
    assert row(ben, "preset")[1] == "Small"


def test_a_start_and_its_cancel(room: Room, ben: Visitor) -> None:
    with room.launcher(room.standin):
        ben.start("preset", SMALL)
        until(lambda: row(ben, "preset")[2:3] == ["local"], "the row of a job")
        assert row(ben, "preset")[4] == "Starting"
        assert row(ben, "preset")[6] == "Open Cancel Logs"
        ben.stop("preset")
        ben.wait_stopped("preset")
    until(lambda: row(ben, "preset") == [], "the end of the row")


PAGES = 40
OTHERS = 3
"""Queries that may still come after a start: those of whoever waited for the server."""
ROUND = 60.0
"""Seconds between two queries of the hub that follows a job."""


@pytest.fixture
def calm() -> Iterator[Room]:
    """A hub of its own, where nobody else asks the scheduler anything, and seldom it does."""
    room = Room({"scheduler": {"poll_interval": f"{ROUND:.0f}s"}})
    try:
        room.write_agent(_talking(room))
        room.hub.start()
        yield room
    finally:
        room.close()


def kinds(room: Room) -> Counter[str]:
    return Counter(request["verb"] for request in room.asked())


def test_a_page_asks_the_scheduler_nothing(calm: Room) -> None:
    """Neither while a server runs, nor after its end, when the hub itself asks nothing any more."""
    ben = calm.visitor("ben")
    ben.start("", SMALL)
    ben.wait_ready()
    before, began = kinds(calm), time.monotonic()
    for _ in range(PAGES):
        assert row(ben, "")[4] == "Running"
    rounds = OTHERS + (time.monotonic() - began) // ROUND
    new = kinds(calm) - before
    assert set(new) <= {"query", "note"}
    assert new.total() <= rounds, new

    ben.stop()
    ben.wait_stopped()
    until(lambda: end(ben, ""), "the end on the page")
    before = kinds(calm)
    for _ in range(PAGES):
        home(ben)
    assert log_page(ben, "ben").status_code == 200
    assert kinds(calm) - before == Counter(log=1), "what the log page asks, and nothing else"
    ben.close()


# --- ends


def test_an_end_is_told_and_the_same_options_are_refused_with_reasons(
    room: Room, ben: Visitor
) -> None:
    with room.launcher(Path("/bin/false")):
        ben.start("preset", {**SMALL, "log_name": "mine"})
        until(lambda: "preset" not in ben.servers(), "the end of the start")
    found = end(ben, "preset")
    assert found is not None
    page, part = found
    assert "It failed: exit code 1" in part.text
    action, answers = form_of(page, part)
    assert answers["log_name"] == "mine"
    gone = {**answers, "profile": "ocean-only"}
    refused = ben.session.post(ben.url + action, data=gone, timeout=60)
    assert refused.status_code == 400
    assert "Your server was not started" in parse(refused.text).text
    links = [e["href"] for e in page.within(part, "a")]
    form = parse(ben.get(next(link for link in links if "opt-" in link)).text)
    assert form.one("input", id="preset-log_name")["value"] == "mine"


@pytest.mark.usefixtures("quick")
def test_a_server_that_is_killed(room: Room, ben: Visitor) -> None:
    ben.start("preset", SMALL)
    ben.wait_ready("preset")
    [job] = room.living()
    os.kill(job.script.pid, signal.SIGKILL)
    until(lambda: end(ben, "preset"), "the end on the page")
    found = end(ben, "preset")
    assert found is not None
    page, part = found
    assert "berth-surprise" in part["class"]
    assert "It failed: exit code -9." in part.text
    assert "Here I am: <b>" in page.within(part, "pre")[0].text


@pytest.mark.usefixtures("quick")
def test_a_removed_server_leaves_the_page_and_makes_room(ben: Visitor) -> None:
    ben.start("preset", SMALL)
    ben.wait_ready("preset")
    ben.stop("preset")
    ben.wait_stopped("preset")
    assert "1 of 3 named servers" in home(ben).text
    ben.api("DELETE", "/users/ben/servers/preset", {"remove": True})
    assert end(ben, "preset") is None
    assert "0 of 3 named servers" in home(ben).text


# --- names


def test_a_name_leads_to_the_form_of_that_server(ben: Visitor) -> None:
    ben.get("/hub/home")
    answer = ben.post("/hub/home", {"name": "run-2"}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/hub/spawn/ben/run-2")
    assert "run-2" in parse(ben.get("/hub/spawn/ben/run-2").text).all("h1")[0].text


@pytest.mark.parametrize("name", ["", "Not me", "../preset", "a--b", "<b>", "a" * 31, "a\nb"])
def test_what_is_no_name_is_said_beside_the_field(ben: Visitor, name: str) -> None:
    ben.get("/hub/home")
    answer = ben.post("/hub/home", {"name": name}, allow_redirects=False)
    assert answer.status_code == 400
    page = parse(answer.text)
    assert page.one("input", id="name")["value"].split() == name.split()
    assert page.one(id="name-trouble").text.startswith(("A name ", "Write a name."))
    assert "location" not in {header.lower() for header in answer.headers}


def test_as_many_names_as_allowed(ben: Visitor) -> None:
    for number in range(3):
        assert ben.api("PUT", f"/users/ben/servers/extra-{number}").status_code == 201
    answer = ben.post("/hub/home", {"name": "more"}, allow_redirects=False)
    assert answer.status_code == 400
    assert "as many named servers as you may (3)" in parse(answer.text).text
    known = ben.post("/hub/home", {"name": "extra-1"}, allow_redirects=False)
    assert known.status_code == 302


def test_a_name_needs_the_token_of_the_page(ben: Visitor) -> None:
    ben.get("/hub/home")
    bare = ben.session.post(f"{ben.url}/hub/home", data={"name": "x"}, timeout=60)
    assert bare.status_code == 403


# --- logs


def log_page(visitor: Visitor, path: str) -> requests.Response:
    return visitor.get(f"/hub/berth/logs/{path}", allow_redirects=False)


@pytest.mark.usefixtures("quick")
def test_the_log_while_it_runs_and_after_its_end(room: Room, ben: Visitor) -> None:
    ben.start("preset", SMALL)
    ben.wait_ready("preset")
    page = parse(log_page(ben, "ben/preset").text)
    assert "Here I am: <b>" in page.one("pre").text
    assert not page.within(page.one("pre"))
    [job] = room.living()
    assert f"~/berth_{job.job_id}.log" in page.text
    with room.fault("log", "exit 1"):
        assert "cannot be read just now: nobody answers" in log_page(ben, "ben/preset").text
    ben.stop("preset")
    ben.wait_stopped("preset")
    assert "Here I am: <b>" in parse(log_page(ben, "ben/preset").text).one("pre").text
    (room.home / f"berth_{job.job_id}.log").unlink()
    assert "There is no such file" in parse(log_page(ben, "ben/preset").text).text


@pytest.mark.usefixtures("quick")
def test_who_may_read_a_log(room: Room, ann: Visitor, ben: Visitor) -> None:
    for visitor in (ann, ben):
        visitor.start("mine", SMALL)
        visitor.wait_ready("mine")
    assert log_page(ben, "ben/mine").status_code == 200
    admin = log_page(ann, "ben/mine")
    assert admin.status_code == 200
    assert "This is a server of ben." in parse(admin.text).text
    assert log_page(ben, "ann/mine").status_code in (403, 404)
    assert "Here I am" not in log_page(ben, "ann/mine").text
    stranger = Visitor(room.hub.url, "nobody")
    answer = log_page(stranger, "ben/mine")
    assert (answer.status_code, "/hub/login" in answer.headers["Location"]) == (302, True)
    stranger.close()


@pytest.mark.parametrize("path", ["ann/never", "nobody/x", "nobody", "ann/%2e%2e", "ann/a%0ab"])
def test_logs_of_what_there_is_not(ann: Visitor, path: str) -> None:
    assert log_page(ann, path).status_code == 404
