"""What somebody sees of another's server who was let in to one of them, and only to that."""

import re
from collections.abc import Iterator
from functools import partial

import pytest

from tests.hub.room import ADMIN, Room, running, stop_all
from tests.support.hubs import Visitor, until

SECRET = "line 7 of what only ben may read"


@pytest.fixture(scope="module")
def place() -> Iterator[Room]:
    """A hub of its own, with an admin who shares servers."""
    with running({"branding": {"contact": "help@example.org"}}) as room:
        yield room


def _gone(visitor: Visitor, server: str) -> bool:
    return server not in visitor.servers()


@pytest.fixture(scope="module")
def guest(place: Room) -> Iterator[Visitor]:
    """Cat, who may use ben's default server; ben's other one, "private", has just failed."""
    launcher = place.folder / "launcher"
    launcher.write_text(f"#!/bin/sh\necho '{SECRET}'\nexit 7\n")
    launcher.chmod(0o755)
    ben, cat, admin = (place.visitor(name) for name in ("ben", "cat", ADMIN))
    with place.launcher(launcher):
        for server in ("", "private"):
            ben.submit_form(server, {"profile": "small"})
            until(partial(_gone, ben, server), "the end of the start")
    # A hub that saw the start fail leads elsewhere, where only those come who may start it.
    place.hub.stop()
    place.hub.start()
    answer = admin.api("POST", "/shares/ben/", {"user": "cat"})
    assert answer.status_code == 200, answer.text
    yield cat
    for visitor in (ben, cat, admin):
        stop_all(visitor)
        visitor.close()


def test_the_owner_reads_the_log_and_can_retry(place: Room, guest: Visitor) -> None:
    ben = place.visitor("ben")
    page = ben.get("/hub/user/ben/private/").text
    assert SECRET in page
    assert re.search(r'name="profile" value="small"', page)
    ben.close()


@pytest.mark.parametrize("path", ["", "/lab"])
def test_a_guest_of_one_server_learns_nothing_of_another(guest: Visitor, path: str) -> None:
    page = guest.get(f"/hub/user/ben/private{path}").text
    assert SECRET not in page
    assert "exit code 7" not in page
    assert 'name="profile"' not in page


def test_a_guest_reads_the_log_of_the_shared_server_and_cannot_start_it(guest: Visitor) -> None:
    answer = guest.get("/hub/user/ben/")
    assert SECRET in answer.text
    assert 'name="profile"' not in answer.text


@pytest.mark.parametrize("path", ["logs/ben/private", "preview/ben/private", "estimate/ben"])
def test_pages_of_ours_are_closed_to_the_guest(guest: Visitor, path: str) -> None:
    answer = guest.get(f"/hub/berth/{path}")
    assert answer.status_code in (403, 404) or "/hub/spawn/ben" in answer.url
    assert SECRET not in answer.text
