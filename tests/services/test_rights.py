"""Who may do what: every address of the services and of the hub's part in them, by everybody.

A route that is not in the table fails the first test, so nothing can be added without saying here
who may use it.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from tornado.web import RequestHandler

from hub_config.i18n import COOKIE
from hub_config.pages import accounts, events, notices
from services.common.app import App, shared
from services.common.told import load
from tests.services.actors import ACTORS, OWN, PEOPLE, READER, tokens
from tests.support.services import APPS, Served

USERS = {*PEOPLE, READER}
"""Those who may open the services."""
ANNOUNCERS = {"eve", "ann"}
WRITERS = {*ANNOUNCERS, OWN["announcements"]}
ALL = set(ACTORS)

WARNING = {"severity": "warning", "text": "The file system is slow."}
FOR_CLIMATE = {**WARNING, "groups": ["climate"]}
FORM = {
    "kind": "announcement",
    "severity": "info",
    "text_en": "Hello.",
    "where": "home",
    "do": "publish",
}
CLIMATE_FORM = {**FORM, "groups": "climate"}
AT_THE_FIELD = (401, 403, 400)
"""Whoever may not announce to everybody but to some is shown the form again."""


@dataclass(frozen=True)
class Row:
    """What one request is, and who may make it. ``{all}`` and ``{climate}`` are announcements."""

    app: str
    method: str
    route: str
    who: set[str]
    path: str | None = None
    send: dict[str, Any] = field(default_factory=dict)
    allowed: tuple[int, ...] = (200, 201, 204, 302)
    refused: tuple[int, ...] = (401, 403)

    @property
    def asked(self) -> str:
        return self.route if self.path is None else self.path


ONE, OF_ONE = r"api/v1/announcements/([^/]{1,120})", r"api/v1/announcements/([^/]{1,120})/history"
MATCH = {"headers": {"If-Match": "1"}}

ANNOUNCEMENTS = [
    Row("announcements", "GET", "", USERS),
    Row("announcements", "GET", "write", {*ANNOUNCERS, "ben"}),
    Row("announcements", "POST", "write", ANNOUNCERS, send={"data": FORM}, refused=AT_THE_FIELD),
    Row("announcements", "POST", "write", {*ANNOUNCERS, "ben"}, send={"data": CLIMATE_FORM}),
    Row("announcements", "GET", r"edit/([0-9]{1,9})", ANNOUNCERS, "edit/{all}"),
    Row("announcements", "GET", r"edit/([0-9]{1,9})", {*ANNOUNCERS, "ben"}, "edit/{climate}"),
    Row("announcements", "POST", r"edit/([0-9]{1,9})", ANNOUNCERS, "edit/{all}",
        {"data": {**FORM, "revision": "1"}}),
    Row("announcements", "POST", r"edit/([0-9]{1,9})", {*ANNOUNCERS, "ben"}, "edit/{climate}",
        {"data": {**CLIMATE_FORM, "revision": "1"}}),
    Row("announcements", "POST", r"edit/([0-9]{1,9})", ANNOUNCERS, "edit/{climate}",
        {"data": {**FORM, "revision": "1"}}, refused=AT_THE_FIELD),
    Row("announcements", "GET", r"history/([0-9]{1,9})", ANNOUNCERS, "history/{all}"),
    Row("announcements", "GET", r"history/([0-9]{1,9})", {*ANNOUNCERS, "ben"},
        "history/{climate}"),
    Row("announcements", "GET", r"withdraw/([0-9]{1,9})", ANNOUNCERS, "withdraw/{all}"),
    Row("announcements", "GET", r"withdraw/([0-9]{1,9})", {*ANNOUNCERS, "ben"},
        "withdraw/{climate}"),
    Row("announcements", "POST", r"withdraw/([0-9]{1,9})", ANNOUNCERS, "withdraw/{all}"),
    Row("announcements", "POST", r"withdraw/([0-9]{1,9})", {*ANNOUNCERS, "ben"},
        "withdraw/{climate}"),
    Row("announcements", "GET", "api/v1/published", {*USERS, OWN["announcements"]}),
    Row("announcements", "GET", "api/v1/announcements", {*WRITERS, "ben"}),
    Row("announcements", "POST", "api/v1/announcements", WRITERS, send={"json": WARNING}),
    Row("announcements", "POST", "api/v1/announcements", {*WRITERS, "ben"},
        send={"json": FOR_CLIMATE}),
    Row("announcements", "POST", "api/v1/announcements", WRITERS,
        send={"json": {**WARNING, "groups": ["climate", "ocean"]}}),
    Row("announcements", "POST", "api/v1/announcements", WRITERS,
        send={"json": {"kind": "news", "date": "2026-03-01", "title": "New"}}),
    Row("announcements", "GET", ONE, WRITERS, "api/v1/announcements/{all}"),
    Row("announcements", "GET", ONE, {*WRITERS, "ben"}, "api/v1/announcements/{climate}"),
    Row("announcements", "PUT", ONE, WRITERS, "api/v1/announcements/{all}",
        {"json": WARNING, **MATCH}),
    Row("announcements", "PUT", ONE, {*WRITERS, "ben"}, "api/v1/announcements/{climate}",
        {"json": FOR_CLIMATE, **MATCH}),
    Row("announcements", "PUT", ONE, WRITERS, "api/v1/announcements/{climate}",
        {"json": WARNING, **MATCH}),
    Row("announcements", "PUT", ONE, WRITERS, "api/v1/announcements/{all}",
        {"json": FOR_CLIMATE, **MATCH}),
    Row("announcements", "DELETE", ONE, WRITERS, "api/v1/announcements/{all}"),
    Row("announcements", "DELETE", ONE, {*WRITERS, "ben"}, "api/v1/announcements/{climate}"),
    Row("announcements", "GET", OF_ONE, WRITERS, "api/v1/announcements/{all}/history"),
    Row("announcements", "GET", OF_ONE, {*WRITERS, "ben"},
        "api/v1/announcements/{climate}/history"),
    Row("announcements", "POST", "api/v1/preview", WRITERS, send={"json": WARNING}),
    Row("announcements", "POST", "api/v1/preview", {*WRITERS, "ben"},
        send={"json": FOR_CLIMATE}),
]  # fmt: skip

ACCOUNTS = [
    Row("accounts", "GET", "", USERS),
    Row("accounts", "GET", "api/v1/mine", USERS),
]

USAGE = [
    Row("usage", "GET", "", USERS),
    Row("usage", "GET", r"usage\.csv", USERS, "usage.csv"),
    Row("usage", "GET", r"usage\.csv", {"ann"}, "usage.csv?by=user"),
    Row("usage", "GET", "api/v1/summary", USERS),
    Row("usage", "GET", "api/v1/weeks", USERS),
    Row("usage", "GET", r"chart/(chart\.umd\.min\.js)", ALL, "chart/chart.umd.min.js"),
]

SHARED = [
    row
    for app in APPS
    for row in (
        Row(app, "GET", r"static/berth/(.*)", ALL, "static/berth/berth.css"),
        Row(app, "GET", r"static/(.*)", ALL, "static/css/style.min.css"),
        Row(app, "GET", "logo", ALL),
        Row(app, "GET", r"language/([a-z]+)", ALL, "language/de"),
        # Without a login that has begun here there is nothing to come back from.
        Row(app, "GET", "oauth_callback", ALL, "oauth_callback?code=x", allowed=(400,)),
    )
]

HUB = [
    Row("hub", "GET", "/api/berth/accounts", USERS),
    Row("hub", "GET", "/api/berth/events", {OWN["usage"]}),
    # Put away by whoever reads it, who is at a browser: a token alone opens no page.
    Row("hub", "POST", "/berth/notices", set(), send={"data": {"notice": "x"}}),
]

TABLE = [*ANNOUNCEMENTS, *ACCOUNTS, *USAGE, *SHARED, *HUB]


def _methods(handler: Any) -> Iterator[str]:
    for method in ("get", "post", "put", "patch", "delete"):
        made = getattr(handler, method)
        if (
            made.__module__.startswith(
                ("hub_config.", "services.", "tornado.web", "jupyterhub.serv")
            )
            and made is not RequestHandler._unimplemented_method
        ):
            yield method.upper()


def test_every_route_is_in_the_table(
    served: Served, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BERTH_SITE", str(served.room.folder / "site.yml"))
    monkeypatch.setenv("BERTH_STATE", str(tmp_path))
    known = {(row.app, row.method, row.route) for row in TABLE}
    told = load()
    for name in APPS:
        app: App = importlib.import_module(f"services.{name}.__main__").make(told)
        routes = {(name, method, pattern) for pattern, handler, *_ in [*app.routes, *shared(told)]
                  for method in _methods(handler)}  # fmt: skip
        assert routes - known == set()
        assert {row for row in known if row[0] == name} - routes == set()
        if app.close:
            app.close()
    ours = [*accounts.ROUTES, *events.ROUTES, *notices.ROUTES]
    hub = {("hub", method, pattern) for pattern, handler, *_ in ours
           for method in _methods(handler)}  # fmt: skip
    assert {row for row in known if row[0] == "hub"} == hub


class Counter:
    """Makes each request of the table, with announcements of its own if it needs some."""

    def __init__(self, served: Served, token: str) -> None:
        self._served, self._token = served, token

    def _announced(self, body: dict[str, Any]) -> str:
        made = self._served.ask(
            self._token, "announcements", "api/v1/announcements", "POST", json=body
        )
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def ask(self, row: Row, token: str) -> requests.Response:
        path = row.asked
        for name, body in (("{all}", WARNING), ("{climate}", FOR_CLIMATE)):
            path = path.replace(name, self._announced(body)) if name in path else path
        if row.app != "hub":
            return self._served.ask(token, row.app, path, row.method, **row.send)
        headers = {"Authorization": f"token {token}"} if token else {}
        return requests.request(
            row.method, f"{self._served.hub.url}/hub{path}", headers=headers, timeout=60,
            allow_redirects=False, **row.send,
        )  # fmt: skip


def _let_in(row: Row, answer: requests.Response) -> bool:
    to_login = "/oauth2/authorize" in answer.headers.get("Location", "")
    refused = answer.status_code in row.refused or to_login
    assert refused or answer.status_code in row.allowed, (row, answer.status_code, answer.text)
    return not refused


def test_everybody_at_every_address(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    counter = Counter(served, served.tokens["announcements"])
    wrong: dict[bool, list[str]] = {True: [], False: []}
    for actor, token in tokens(served).items():
        for row in TABLE:
            let_in = _let_in(row, counter.ask(row, token))
            if let_in != (actor in row.who):
                wrong[let_in].append(f"{actor}: {row.method} {row.app} {row.asked} {row.send}")
    with capsys.disabled():
        print(f"\nwrong allow {len(wrong[True])}, wrong deny {len(wrong[False])} "
              f"of {len(TABLE) * len(ACTORS)}")  # fmt: skip
    assert wrong == {True: [], False: []}


def test_the_same_at_a_browser(served: Served) -> None:
    """Cookies open what tokens do; a login that has been made anew is what counts."""
    wrong = []
    for name in PEOPLE:
        session = served.visitor(name).session
        for row in TABLE:
            if row.app in APPS and row.method == "GET" and "{" not in row.asked:
                answer = session.get(served.url(row.app, row.asked))
                refused = answer.status_code in row.refused
                if refused == (name in row.who):
                    wrong.append((name, row.app, row.asked, answer.status_code))
        for kept in [cookie for cookie in session.cookies if cookie.name == COOKIE]:
            session.cookies.clear(kept.domain, kept.path, kept.name)  # a language was chosen, too
    assert wrong == []


def test_what_is_said_to_a_group_is_told_to_its_members(served: Served) -> None:
    text = "For climate alone."
    body = {"severity": "info", "text": text, "groups": ["climate"]}
    token, path = served.tokens["announcements"], "api/v1/announcements"
    made = served.ask(token, "announcements", path, "POST", json=body).json()["id"]
    for name, reads in (("cat", False), ("eve", False), ("ben", True), ("ann", True)):
        query = {"groups": "climate", "user": "ben"}
        token = served.visitor(name).token()
        told = served.ask(token, "announcements", "api/v1/published", params=query).text
        page = served.visitor(name).session.get(served.url("announcements"), params=query).text
        assert (text in told) == reads, name
        # Whoever writes to everybody has it in the list of all there are.
        assert (text in page) == (reads or name == "eve"), name
    served.ask(served.tokens["announcements"], "announcements", f"{path}/{made}", "DELETE")


def test_accounts_are_told_to_their_owner(served: Served) -> None:
    for name in PEOPLE:
        visitor = served.visitor(name)
        mine = served.ask(visitor.token(), "accounts", "api/v1/mine", params={"user": "cat"})
        assert mine.json()["user"] == name
        at_hub = visitor.api("GET", "/berth/accounts", params={"user": "cat"})
        assert at_hub.json()["user"] == name


def test_names_are_told_to_admins(served: Served) -> None:
    for name in PEOPLE:
        told = served.ask(served.visitor(name).token(), "usage", "api/v1/summary").json()
        assert ("users" in told) == (name == "ann")
