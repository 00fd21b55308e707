"""Requests that a page elsewhere makes with a visitor's cookies change nothing.

The visitor is eve, who may announce to everybody and is logged in. Each request is made in all the
ways that a page elsewhere has, and then as our own page makes it, which does change something.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.support.hubs import Visitor, until
from tests.support.services import Served

ELSEWHERE = "https://elsewhere.test"
FORM = {
    "kind": "announcement",
    "severity": "critical",
    "text_en": "Forged.",
    "where": "login",
    "do": "publish",
}
BODY = {"severity": "critical", "text": "Forged.", "where": ["login"]}


@dataclass(frozen=True)
class Forged:
    """One request; ``{id}`` is an announcement that is there."""

    method: str
    path: str
    kind: str
    data: Any


def _forms(path: str, data: Mapping[str, str]) -> Iterator[Forged]:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        yield Forged("POST", path, kind, data)


def _texts(method: str, path: str, data: Any) -> Iterator[Forged]:
    for kind in ("application/json", "text/plain", ""):
        yield Forged(method, path, kind, json.dumps(data))


API = "services/announcements/api/v1/announcements"
FORGED = [
    *_forms("services/announcements/write", FORM),
    *_forms("services/announcements/edit/{id}", {**FORM, "revision": "1"}),
    *_forms("services/announcements/withdraw/{id}", {}),
    *_texts("POST", API, BODY),
    *_texts("PUT", API + "/{id}", BODY),
    *_texts("DELETE", API + "/{id}", None),
    *_forms("hub/berth/notices", {"next": "/hub/home"}),
]

SENT: dict[str, dict[str, str]] = {
    "a form": {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    "a script": {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    "a script that reads nothing": {
        "Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors",
    },
    "a server of a user": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    "an old browser": {"Referer": f"{ELSEWHERE}/"},
    "an old browser that says nothing": {},
    "something that calls itself a websocket": {"Sec-Fetch-Mode": "websocket"},
}  # fmt: skip


@dataclass(frozen=True)
class Tokens:
    """What stands for the token of our page: an argument, and a cookie put before eve's own."""

    argument: str | None = None
    cookie: str | None = None


class Scene:
    """A hub with its services, eve who is logged in, and what others may know."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.eve, self.ben = served.visitor("eve"), served.visitor("ben")
        self.stale = self._enter(self.eve)
        self.eve.get("/hub/logout")
        self.eve.login("eve-secret-word")
        self.right = self._enter(self.eve)
        assert self.stale != self.right
        self.foreign = self._enter(self.ben)
        hub = [cookie.value or "" for cookie in self.eve.session.cookies
               if cookie.name == "_xsrf" and cookie.path == "/hub/"]  # fmt: skip
        self.hub_token = hub[-1]
        made = served.ask(served.tokens["announcements"], "announcements", "api/v1/announcements",
                          "POST", json={"severity": "info", "text": "True."})  # fmt: skip
        self.id = str(made.json()["id"])
        self.notice: str = until(self._shown, "the announcement on the home page")

    def _shown(self) -> str | None:
        found = re.search(r'name="notice" value="([^"]+)"', self.eve.get("/hub/home").text)
        return found and found[1]

    def _enter(self, visitor: Visitor) -> str:
        """Visit the service, and return the token of its pages."""
        assert visitor.session.get(self.served.url("announcements")).status_code == 200
        [token] = [
            cookie.value or "" for cookie in visitor.session.cookies
            if cookie.name == "_xsrf" and cookie.path == "/services/announcements/"
        ]  # fmt: skip
        return token

    @property
    def tokens(self) -> dict[str, Tokens]:
        """What somebody elsewhere may send for it."""
        return {
            "none": Tokens(),
            "empty": Tokens(""),
            "invented": Tokens("2|1:0|10:1700000000|5:_xsrf|4:eA==|" + "0" * 64),
            "of another user": Tokens(self.foreign),
            "of another user, with its cookie": Tokens(self.foreign, self.foreign),
            "of before the last login": Tokens(self.stale),
            "of before, with its cookie": Tokens(self.stale, self.stale),
        }

    def send(self, forged: Forged, how: Mapping[str, str], tokens: Tokens) -> requests.Response:
        """Send it with eve's cookies."""
        url = f"{self.served.hub.url}/{forged.path.format(id=self.id)}"
        headers = {**how, "Cookie": self._cookies(forged.path, tokens.cookie)}
        params = {} if tokens.argument is None else {"_xsrf": tokens.argument}
        sent: dict[str, Any] = {"data": forged.data}
        if isinstance(forged.data, dict):
            sent = {"data": {**forged.data, "notice": self.notice}}
        if forged.kind == "multipart/form-data":
            sent = {"files": {name: (None, value) for name, value in sent["data"].items()}}
        elif forged.kind:
            headers["Content-Type"] = forged.kind
        return requests.request(
            forged.method, url, headers=headers, params=params, timeout=60,
            allow_redirects=False, **sent,
        )  # fmt: skip

    def _cookies(self, path: str, first: str | None) -> str:
        """Return eve's cookies for *path*, one that somebody tossed among them before."""
        ours = [c for c in self.eve.session.cookies if f"/{path}".startswith(c.path)]
        tossed = [] if first is None else [f"_xsrf={first}"]
        return "; ".join([*tossed, *(f"{c.name}={c.value}" for c in ours)])

    def state(self) -> list[str]:
        """Return all that is announced, ever was, or was put away."""
        folder, lines = self.served.room.folder, list[str]()
        # Of the hub's own tables only what this is about: when a token was used last changes, too.
        kept = dict.fromkeys(folder.rglob("announcements.db"), "")
        for file, ours in {**kept, folder / "jupyterhub.sqlite": "berth_put_away"}.items():
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)) as db:
                lines += [line for line in db.iterdump() if ours in line]
        assert lines
        return lines


@pytest.fixture(scope="module")
def scene(served: Served) -> Scene:
    return Scene(served)


def test_nothing_changes(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    before, count, let_in = scene.state(), 0, []
    for forged in FORGED:
        for sender, how in _senders(forged):
            for name, tokens in scene.tokens.items():
                answer = scene.send(forged, how, tokens)
                count += 1
                if answer.status_code not in (400, 403):
                    let_in.append((answer.status_code, forged, sender, name))
    changes = len(set(before) ^ set(scene.state()))
    with capsys.disabled():
        print(f"\n{count} requests from elsewhere, {changes} changes of state")
    assert let_in == []
    assert changes == 0
    assert count >= 40


def _senders(forged: Forged) -> list[tuple[str, dict[str, str]]]:
    """No browser can send a websocket's opening with a body; our services refuse it, though."""
    hub = forged.path.startswith("hub/")
    return [(name, how) for name, how in SENT.items() if not (hub and "websocket" in name)]


@pytest.mark.parametrize("number", [0, 1, 6, 15])
def test_our_own_page_changes_something(scene: Scene, number: int) -> None:
    before, forged = scene.state(), FORGED[number]
    ours = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    right = scene.hub_token if forged.path.startswith("hub/") else scene.right
    answer = scene.send(forged, ours, Tokens(right))
    assert answer.status_code in (201, 302), answer.text
    assert scene.state() != before


@pytest.mark.parametrize("sender", SENT)
def test_a_right_token_does_not_help_elsewhere(scene: Scene, sender: str) -> None:
    before = scene.state()
    answer = scene.send(FORGED[0], SENT[sender], Tokens(scene.right))
    if sender.startswith("an old browser"):  # it does not say where it is
        assert answer.status_code == 302
    else:
        assert answer.status_code == 403
        assert scene.state() == before


def test_nobody_is_logged_in_as_somebody_else(scene: Scene) -> None:
    """A login that was begun elsewhere ends nowhere: its state is not in this browser."""
    url = scene.served.url("announcements")
    begun = scene.ben.session.get(url + "oauth_callback", params={"code": "x", "state": "y"})
    assert begun.status_code == 403
    answer = requests.get(url + "oauth_callback", params={"code": "x", "state": "y"}, timeout=60)
    assert answer.status_code == 403
    assert not any("service-announcements" in cookie.name for cookie in answer.cookies)
