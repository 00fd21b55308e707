"""A real hub whose people are in a real directory: groups, admins, the job, removal, a hang."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.hub.room import Room, stop_all
from tests.ldap.directory import BASE, LOOKUP_PASSWORD, PASSWORDS, Directory
from tests.ldap.logins import section
from tests.support.hubs import Visitor, until
from tests.support.kernels import Kernel

pytestmark = pytest.mark.hub

TIMEOUT = 5.0
MAIL = "ann@example.org"


@pytest.fixture(scope="module")
def room(running: Directory) -> Iterator[Room]:
    """A hub that asks again every second."""
    room = Room({})
    own = room.folder / "authority.pem", room.folder / "lookup-password"
    auth: dict[str, Any] = section(
        running,
        ca_file=str(own[0]),
        bind_password_file=str(own[1]),
        timeout=f"{TIMEOUT:g}s",
        recheck="1s",
        groups={"ice": ["ben"]},
        job_environment={"CENTRE_MAIL": "mail", "CENTRE_NAME": "displayName"},
    )
    shutil.copy(running.authority.file, own[0])
    shutil.copy(running.folder / "lookup-password", own[1])
    own[1].chmod(0o600)
    room.account.give(*own)
    room.change({"auth": {"passwords": None, "admins": None, **auth}})
    room.hub.env["JUPYTERHUB_CRYPT_KEY"] = os.urandom(32).hex()
    try:
        room.hub.start()
        yield room
    finally:
        running.go_on()
        room.close()


@contextmanager
def visit(room: Room, name: str) -> Iterator[Visitor]:
    """Log *name* in; their servers end with the test."""
    visitor = room.hub.visitor(name, PASSWORDS[name])
    try:
        yield visitor
        stop_all(visitor)
    finally:
        visitor.close()


def test_groups_of_the_directory_choose_what_is_offered(room: Room, directory: Directory) -> None:
    with visit(room, "ann") as ann, visit(room, "ben") as ben:
        assert not is_greyed_out(ann)
        assert is_greyed_out(ben)
        assert ben.start("", {"profile": "climate-only"}).status_code == 400
        assert room.submitted == 0


def is_greyed_out(visitor: Visitor) -> bool:
    """Return whether the form shows the preset for the group climate as not for *visitor*."""
    tag = re.search(r'<input[^>]*value="climate-only"[^>]*>', visitor.get("/hub/spawn").text)
    assert tag
    return bool(re.search(r"\sdisabled\b", tag[0]))


def test_the_groups_are_those_of_directory_and_site(room: Room, directory: Directory) -> None:
    with visit(room, "ann") as ann, visit(room, "ben") as ben:
        found = {v.name: v.api("GET", f"/users/{v.name}").json()["groups"] for v in (ann, ben)}
    assert {name: sorted(groups) for name, groups in found.items()} == {
        "ann": ["climate", "hpcusers", "hub-admins"],
        "ben": ["hpcusers", "ice"],
    }


def test_members_of_a_group_are_admins(room: Room, directory: Directory) -> None:
    with visit(room, "ann") as ann, visit(room, "ben") as ben:
        assert ann.get("/hub/admin").status_code == 200
        assert ben.get("/hub/admin").status_code == 403


def test_who_leaves_the_group_is_no_admin_any_more(room: Room, directory: Directory) -> None:
    group = f"dn: cn=hub-admins,ou=groups,{BASE}\nchangetype: modify\nreplace: uniqueMember\n"
    ann_entry, ben_entry = f"uid=ann,ou=people,{BASE}", f"uid=ben,ou=people,{BASE}"
    with visit(room, "ann") as ann:
        assert ann.get("/hub/admin").status_code == 200
        directory.change(f"{group}uniqueMember: {ben_entry}\n")
        until(lambda: ann.get("/hub/admin").status_code == 403, "the end of ann's office")
        directory.change(f"{group}uniqueMember: {ann_entry}\n")
        until(lambda: ann.get("/hub/admin").status_code == 200, "ann's return")


def test_the_job_knows_what_the_directory_says(room: Room, directory: Directory) -> None:
    with visit(room, "ann") as ann:
        assert ann.submit_form("", {"profile": "small"}).status_code == 302
        ann.wait_ready()
        asked = "import os; print(os.environ['CENTRE_MAIL'], 'CENTRE_NAME' in os.environ)"
        assert Kernel(ann).execute(asked).strip() == f"{MAIL} False"
        scripts = [path.read_bytes() for path in room.home.rglob("*.sh")]
        state = json.dumps(ann.servers())
        database = room.folder.joinpath("jupyterhub.sqlite").read_bytes()
        database += room.folder.joinpath("jupyterhub.sqlite-wal").read_bytes()
    assert scripts
    assert not [text for text in (*scripts, database) if MAIL.encode() in text]
    assert MAIL not in state
    assert "A variable is left out: CENTRE_NAME" in room.hub.log()


def test_a_removed_user_is_out(room: Room, directory: Directory) -> None:
    """Session and token end; a login is refused; who comes back finds both again."""
    with visit(room, "cat") as cat:
        assert cat.api("GET", "/user").status_code == 200
        directory.delete(f"uid=cat,ou=people,{BASE}")
        try:
            until(lambda: cat.api("GET", "/user").status_code == 403, "the end of cat's token")
            home = cat.get("/hub/home", allow_redirects=False)
            assert (home.status_code, home.headers["Location"][:10]) == (302, "/hub/login")
            assert cat.api("POST", "/users/cat/server", {}).status_code == 403
            assert Visitor(room.hub.url, "cat").login(PASSWORDS["cat"]).status_code == 403
        finally:
            directory.add_person("cat")
        assert cat.api("GET", "/user").status_code == 200
        assert cat.get("/hub/home", allow_redirects=False).status_code == 200


def test_a_hung_directory_hangs_nobody_else(room: Room, directory: Directory) -> None:
    with visit(room, "ann") as ann, ThreadPoolExecutor(8) as pool:
        ann.token()
        directory.hang()
        logins = [pool.submit(try_to_log_in, room) for _ in range(8)]
        waits = []
        while not all(login.done() for login in logins):
            waits.append(answer_time(room))
            time.sleep(0.01)
        assert [login.result() for login in logins] == [503] * 8
        assert ann.get("/hub/home", allow_redirects=False).status_code == 200
        assert ann.api("GET", "/user").status_code == 200
        directory.go_on()
        assert Visitor(room.hub.url, "ben").login(PASSWORDS["ben"]).status_code == 200
    assert len(waits) > 20
    # One login that blocked the loop would cost all of it, and eight of them nearly every answer.
    assert sorted(waits)[len(waits) // 2] < TIMEOUT / 2


def try_to_log_in(room: Room) -> int:
    visitor = Visitor(room.hub.url, "ben")
    try:
        return visitor.login(PASSWORDS["ben"]).status_code
    finally:
        visitor.close()


def answer_time(room: Room) -> float:
    """Return how long the hub takes to say that it lives."""
    begun = time.monotonic()
    requests.get(f"http://127.0.0.1:{room.hub.hub_port}/hub/health", timeout=60)
    return time.monotonic() - begun


def test_no_password_is_in_the_log(room: Room, directory: Directory) -> None:
    with visit(room, "ann"):
        assert Visitor(room.hub.url, "ann").login(PASSWORDS["ben"]).status_code == 403
    log = room.hub.log()
    assert "User logged in: ann" in log
    assert "Failed login for 'ann'" in log
    assert not [word for word in (*PASSWORDS.values(), LOOKUP_PASSWORD) if word in log]
    trace = log.partition("Traceback")[2][:4000]
    assert not trace
