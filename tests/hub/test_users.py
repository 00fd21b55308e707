"""User names hostile in shape: by the login page, and by an admin's REST calls.

Whatever is typed, the hub knows only names of our grammar, and the agent is asked for nobody else.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hub.payloads import USERNAMES, path_segment, short
from tests.hub.room import PASSWORDS, Room
from tests.support.hubs import Visitor

GRAMMAR = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
OTHER_KINDS: tuple[Any, ...] = (
    1, 0, -1, 1.5, True, None, [], {}, ["ann"], [["ann"]], {"name": "x"}, "\ud800", "ann\udfff",
)  # fmt: skip


@pytest.fixture(autouse=True)
def only_known_people(room: Room, ann: Visitor) -> Iterator[None]:
    """Fail if the test made a user, a fault, or the agent was asked for anybody else."""
    faults, jobs, people = room.faults(), room.submitted, names(ann)
    yield
    assert names(ann) == people
    assert room.faults() == faults
    assert room.submitted == jobs
    asked = {request["user"] for verb in ("submit", "cancel") for request in room.asked(verb)}
    assert asked <= PASSWORDS.keys()


def names(admin: Visitor) -> set[str]:
    """Return the users the hub knows."""
    users = admin.api("GET", "/users").json()
    return {user["name"] for user in users}


def test_the_list_is_long_and_has_no_name_of_the_grammar() -> None:
    assert len(USERNAMES) >= 60
    assert not [name for name in USERNAMES if GRAMMAR.fullmatch(name)]


def test_nobody_logs_in_under_such_a_name(room: Room) -> None:
    """With ann's password, so that only the name is wrong.

    Blanks and control characters around a name are dropped by JupyterHub (tornado's
    get_argument): who types one is ann, and nobody else.
    """
    visitor, wrong = Visitor(room.hub.url, "ann"), {}
    for name in USERNAMES:
        visitor.session.cookies.clear()
        visitor.get("/hub/login")
        form = {"username": name, "password": PASSWORDS["ann"]}
        answer = visitor.post("/hub/login", form, allow_redirects=False)
        bare = re.sub(r"[\x00-\x08\x0e-\x1f]", " ", name).strip()
        expected = 302 if bare == "ann" else 403
        if answer.status_code != expected:
            wrong[short(name)] = answer.status_code
        elif expected == 302:
            assert visitor.get("/hub/home", allow_redirects=False).status_code == 200
            assert 'user: "ann"' in visitor.get("/hub/home").text
    visitor.close()
    assert not wrong


def test_the_login_page_shows_the_name_as_text(room: Room) -> None:
    visitor = Visitor(room.hub.url, "ann")
    visitor.get("/hub/login")
    page = visitor.post("/hub/login", {"username": '"><b>ann</b>', "password": "x"}).text
    visitor.close()
    assert "<b>ann" not in page
    assert "&lt;b&gt;ann" in page


def test_an_admin_cannot_make_such_a_user(ann: Visitor) -> None:
    wrong = {}
    for name in USERNAMES:
        answers = (
            ann.api("POST", f"/users/{path_segment(name)}"),
            ann.api("POST", "/users", {"usernames": [name]}),
            ann.api("POST", "/users", {"usernames": ["ann", name]}),
        )
        codes = [answer.status_code for answer in answers]
        if not all(400 <= code < 500 for code in codes):
            wrong[short(name)] = codes
    assert not wrong


def test_an_admin_cannot_rename_a_user_to_such_a_name(ann: Visitor) -> None:
    codes = {n: ann.api("PATCH", "/users/ben", {"name": n}).status_code for n in USERNAMES}
    assert not {short(name): code for name, code in codes.items() if not 400 <= code < 500}


def test_an_admin_cannot_start_a_server_for_such_a_name(ann: Visitor) -> None:
    answers = {"user_options": {"profile": "small"}}
    codes = {
        name: ann.api("POST", f"/users/{path_segment(name)}/server", answers).status_code
        for name in USERNAMES
    }
    assert not {short(name): code for name, code in codes.items() if not 400 <= code < 500}


@pytest.mark.parametrize("value", OTHER_KINDS, ids=short)
def test_names_that_are_no_text_are_refused(ann: Visitor, value: Any) -> None:
    for answer in (
        ann.api("POST", "/users", {"usernames": [value]}),
        ann.api("POST", "/users", {"usernames": value if value != ["ann"] else "ann"}),
        ann.api("PATCH", "/users/ben", {"name": value}),
        ann.api("POST", "/users", json.dumps(value)),
    ):
        assert 400 <= answer.status_code < 500


def test_a_user_who_is_no_admin_makes_nobody(ben: Visitor) -> None:
    assert ben.api("POST", "/users/dora").status_code in (403, 404)
    assert ben.api("POST", "/users", {"usernames": ["dora"]}).status_code in (403, 404)
    for path in ("/users/ann/server", "/users/ann/servers/preset"):
        answer = ben.api("POST", path, {"user_options": {"profile": "small"}})
        assert answer.status_code in (403, 404)
