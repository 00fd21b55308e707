"""Homes, quotas and accounts on a running hub: what is told at the form, and to whom."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.hub.room import Room, stop_all
from tests.pages.markup import parse
from tests.support.hubs import Visitor, until

TOKEN = os.urandom(16).hex()
ANSWERS = {"profile": "small"}
FULL = {"path": "", "user": "ben", "total_block_usage": 2000, "block_limit": 2000,
        "total_file_usage": 5, "file_limit": 10}  # fmt: skip


@pytest.fixture(scope="module")
def own_room() -> Iterator[Room]:
    """A hub that looks at homes and quotas, whose files are in its folder."""
    settings = {
        "accounts": {
            "quota": ["quota.json"],
            "balance": ["balance.json"],
            "login": "login.example.org",
            "checks": {"home": True},
        },
        "services": {"accounts": {"app": "accounts"}},
    }
    room = Room(settings)
    tokens = room.folder / "credentials"
    tokens.mkdir()
    tokens.joinpath("service-accounts").write_text(TOKEN)
    room.account.give(tokens, *tokens.iterdir())
    room.hub.env["CREDENTIALS_DIRECTORY"] = str(tokens)
    try:
        room.hub.start()
        yield room
    finally:
        room.close()


@pytest.fixture
def quotas(own_room: Room) -> Iterator["Files"]:
    """What the exporters tell; nothing at the end of the test."""
    files = Files(own_room)
    files.tell()
    yield files
    files.tell()


@pytest.fixture
def ben(own_room: Room) -> Iterator[Visitor]:
    visitor = own_room.visitor("ben")
    yield visitor
    stop_all(visitor)
    visitor.close()


@pytest.fixture
def ann(own_room: Room) -> Iterator[Visitor]:
    visitor = own_room.visitor("ann")
    yield visitor
    visitor.close()


class Files:
    """The files that the site names."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def tell(self, *quotas: dict[str, Any], balances: tuple[dict[str, Any], ...] = ()) -> None:
        """Write them, of now."""
        whole = {"version": 1, "timestamp": time.time()}
        self.write("quota.json", json.dumps({**whole, "quotas": quotas}))
        self.write("balance.json", json.dumps({**whole, "balances": balances}))

    def write(self, name: str, text: str) -> None:
        """Put *text* in the place of a file, at once."""
        new = Path(self._room.folder, "new.json")
        new.write_text(text)
        self._room.account.give(new)
        new.rename(self._room.folder / name)


def warnings(visitor: Visitor, path: str) -> list[str]:
    """Return what a page says of homes and quotas."""
    notes = parse(visitor.get(path).text).all("p", role="note")
    return [" ".join(note.text.split()) for note in notes]


def told(visitor: Visitor, path: str, words: str) -> None:
    """Wait until a page says *words*: files are looked at every few seconds."""
    until(lambda: any(words in one for one in warnings(visitor, path)), words)


@contextmanager
def home(room: Room, folder: Path) -> Iterator[None]:
    """Let the agent take *folder* for everybody's home."""
    room.write_agent(home=folder)
    try:
        yield
    finally:
        room.write_agent()


def accounts(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.api("GET", "/berth/accounts")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_home_that_is_not_there_is_told_before_anything_is_submitted(
    own_room: Room, quotas: Files
) -> None:
    cat = own_room.visitor("cat")  # whose home nobody has seen yet
    before = len(own_room.asked("submit"))
    missing = own_room.folder / "later"
    with home(own_room, missing):
        told(cat, "/hub/spawn", f"Your home directory {missing} does not exist yet.")
        refused = cat.submit_form("", ANSWERS)
        assert refused.status_code == 400
        assert "Log in once by SSH to login.example.org" in refused.text
        answer = cat.start("", ANSWERS)
        assert (answer.status_code, "does not exist yet" in answer.text) == (400, True)
    assert len(own_room.asked("submit")) == before
    until(lambda: warnings(cat, "/hub/spawn") == [], "the home that is there again")
    cat.close()


def test_a_full_home_is_told_at_home_and_at_the_form_and_starts_nothing(
    own_room: Room, quotas: Files, ben: Visitor
) -> None:
    quotas.tell({**FULL, "path": str(own_room.home)})
    told(ben, "/hub/spawn", f"Your home directory ({own_room.home}) is full")
    told(ben, "/hub/home", "2 MB of 2 MB are used.")
    before = len(own_room.asked("submit"))
    page = ben.submit_form("", ANSWERS)
    assert "is full: nothing more fits in." in page.text
    assert warnings(ben, "/hub/spawn")[0].startswith("No server can start:")
    assert len(own_room.asked("submit")) == before


def test_what_is_nearly_full_or_elsewhere_warns_and_lets_start(
    own_room: Room, quotas: Files, ben: Visitor
) -> None:
    elsewhere = {**FULL, "path": "/scratch/ben"}
    quotas.tell({**FULL, "path": str(own_room.home), "block_limit": 2100}, elsewhere)
    told(ben, "/hub/spawn", "is nearly full.")
    told(ben, "/hub/spawn", "/scratch/ben is full")
    with own_room.launcher(own_room.standin):  # what is started does not matter
        assert ben.submit_form("", ANSWERS).status_code == 302


def test_the_page_speaks_german(quotas: Files, own_room: Room, ben: Visitor) -> None:
    quotas.tell({**FULL, "path": str(own_room.home)})
    ben.session.headers["Accept-Language"] = "de"
    told(ben, "/hub/spawn", f"Ihr Home-Verzeichnis ({own_room.home}) ist voll")


def test_everybody_is_told_of_their_own_alone(
    quotas: Files, own_room: Room, ann: Visitor, ben: Visitor
) -> None:
    of_ann = {**FULL, "user": "ann", "path": "/scratch/ann", "timestamp": 1.5e9}
    balances = ({"user": "ann", "project": "secret", "value": 3}, {"user": "ben", "value": 9})
    quotas.tell({**FULL, "path": "/scratch/ben"}, of_ann, balances=balances)
    until(lambda: len(accounts(ben)["quotas"]) == 1, "ben's quota")
    until(lambda: len(accounts(ann)["quotas"]) == 1, "ann's quota")
    of_both = [accounts(visitor)["quotas"] for visitor in (ann, ben)]
    assert [[(row["path"], row["stale"]) for row in rows] for rows in of_both] == [
        [("/scratch/ann", True)],
        [("/scratch/ben", False)],
    ]
    assert [row["value"] for row in accounts(ben)["balances"]] == [9]
    assert "secret" not in json.dumps(accounts(ben))
    assert accounts(ben)["user"] == "ben"
    for trick in ("?user=ann", "/ann", "?name=ann"):
        answer = ben.api("GET", f"/berth/accounts{trick}")
        assert "secret" not in answer.text


def test_features_are_those_of_partitions_one_may_choose(own_room: Room, ben: Visitor) -> None:
    assert set(accounts(ben)["features"]) == {"local"}
    assert accounts(ben)["projects"] is None  # this scheduler has none


def test_only_users_are_told(own_room: Room, ben: Visitor) -> None:
    url = f"{own_room.hub.url}/hub/api/berth/accounts"
    assert requests.get(url, timeout=60).status_code == 403
    for token in ("nonsense", TOKEN):
        headers = {"Authorization": f"token {token}"}
        assert requests.get(url, headers=headers, timeout=60).status_code == 403
    scopes = {"scopes": ["read:users!user=ben"], "note": "narrow"}
    narrow = ben.api("POST", "/users/ben/tokens", scopes).json()["token"]
    headers = {"Authorization": f"token {narrow}"}
    assert requests.get(url, headers=headers, timeout=60).status_code == 403
    scopes = {"scopes": ["access:services!service=accounts"], "note": "enough"}
    enough = ben.api("POST", "/users/ben/tokens", scopes).json()["token"]
    headers = {"Authorization": f"token {enough}"}
    assert requests.get(url, headers=headers, timeout=60).json()["user"] == "ben"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(ben: Visitor, method: str) -> None:
    assert ben.api(method, "/berth/accounts").status_code == 405


def test_admins_see_what_is_wrong_with_the_files_and_nobody_else(
    quotas: Files, own_room: Room, ann: Visitor, ben: Visitor
) -> None:
    quotas.write("quota.json", "<html>")
    words = "Some quotas or balances cannot be used"
    until(lambda: accounts(ann).get("problems"), "the problem")
    assert "is no JSON" in accounts(ann)["problems"][0]
    assert words in ann.get("/hub/home").text
    assert words not in ben.get("/hub/home").text
    assert "problems" not in accounts(ben)
