"""A hub and its services that hold every payload wherever somebody else may write it.

Their pages are looked at as they come, with their policy: nothing runs, nothing is asked for
elsewhere, and the policy has had nothing to forbid.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from tests.services.payloads import PAYLOADS
from tests.services.watched import executed, touch
from tests.support.browser import Person
from tests.support.hubs import until
from tests.support.services import Served

TITLE = 60
"""Characters of the longest title."""
AT_ONCE = 6
FIELDS = (
    "title_en", "title_de", "text_en", "text_de", "url", "groups_more", "m_partitions", "m_rule",
    "m_zone", "m_lasts", "m_notice", "start", "end", "date", "severity",
)  # fmt: skip
FILE = """---
severity: warning
title: {title}
where: [login, home]
---
{text}
"""


@pytest.fixture(scope="module")
def strange() -> Iterator[Served]:
    """A hub whose announcers, exporters of quotas and users are all hostile."""
    served = Served({"accounts": {"quota": ["quota.json"], "balance": ["balance.json"]}})
    try:
        _write_files(served)
        served.start()
        _announce(served)
        _have_used(served)
        until(lambda: _is_shown(served), "all announcements on the hub's pages")
        yield served
    finally:
        served.close()


def _write_files(served: Served) -> None:
    folder, give = served.room.folder, served.room.account.give
    now, people = time.time(), ("ann", "cat", "eve")
    quotas = [
        {"path": text, "user": name, "type": text, "block_limit": 100, "total_block_usage": 99,
         "total_file_usage": 1, "file_limit": 0}
        for text in PAYLOADS for name in people
    ]  # fmt: skip
    balances = [{"user": name, "project": text, "value": 1} for text in PAYLOADS for name in people]
    for file, data in (
        ("quota.json", {"version": 1, "timestamp": now, "quotas": quotas}),
        ("balance.json", {"version": 1, "timestamp": now, "config": {"unit": PAYLOADS[0]},
                          "balances": balances}),
    ):  # fmt: skip
        folder.joinpath(file).write_text(json.dumps(data))
        give(folder / file)
    announced = folder / "announcements.d"
    announced.mkdir()
    for number, text in enumerate(PAYLOADS[::20]):
        file_text = FILE.format(title=json.dumps(text[:TITLE].replace("\n", " ")), text=text)
        announced.joinpath(f"{number}.md").write_text(file_text)
    announced.joinpath("<img src=x onerror=window.hit=1>.md").write_text("---\n<b>: [\n---\n")
    give(announced, *announced.iterdir())


def _announce(served: Served) -> None:
    """Announce all payloads, several in one text: the hub shows no more than a hundred."""
    texts = [text for text in PAYLOADS if len(text) <= 600]
    titles = [text for text in texts if len(text) <= TITLE and "\n" not in text]
    assert len(texts) >= 300
    chunks = ["\n\n".join(texts[n : n + AT_ONCE]) for n in range(0, len(texts), AT_ONCE)]
    for number, text in enumerate(chunks):
        title = titles[number % len(titles)]
        _post(served, severity="info", title=title, text={"en": text, "de": text})
    for text in titles:
        _post(served, kind="news", date="2026-03-01", title=text, text=text)


def _post(served: Served, **body: Any) -> None:
    token, path = served.tokens["announcements"], "api/v1/announcements"
    answer = served.ask(token, "announcements", path, "POST", json=body)
    assert answer.status_code == 201, (body, answer.text)


def _have_used(served: Served) -> None:
    """Let servers have been started that are called as the payloads are."""
    first = int(time.time() * 1000)
    with closing(sqlite3.connect(served.room.folder / "jupyterhub.sqlite", timeout=60)) as db, db:
        for number, text in enumerate(PAYLOADS):
            uuid, name = uuid4().hex, text[:60]
            told = {"uuid": uuid, "user": name, "server": name, "profile": name, "kind": "preset",
                    "application": name, "partition": name, "cores": 1, "memory": 1,
                    "walltime": 1, "gpus": 0, "gpu_type": ""}  # fmt: skip
            row = (first + number, uuid, "server-requested", first / 1000, json.dumps(told))
            db.execute(
                "INSERT INTO berth_events (id, uuid, name, at, data) VALUES (?,?,?,?,?)", row
            )


def _is_shown(served: Served) -> bool:
    home = served.visitor("cat").get("/hub/home").text
    usage = served.visitor("ann").session.get(served.url("usage")).text
    return home.count('data-notice="') >= len(PAYLOADS) / AT_ONCE and usage.count("onerror") >= 20


class Looking:
    """People at their browsers, and what came of it that should not."""

    def __init__(self, browser: Browser, served: Served) -> None:
        self._browser, self._served = browser, served
        self._people: dict[str, Person] = {}
        self.elsewhere: list[str] = []

    def look(self, name: str, path: str, language: str = "en") -> Page:
        """Open a page as *name*, touch all that is in it, and find that nothing ran."""
        page = self._person(name, language).visit(path)
        touch(page)
        assert executed(page) == [], path
        return page

    def _person(self, name: str, language: str) -> Person:
        if name + language not in self._people:
            person = Person(self._browser, self._served.hub.url, locale=language)
            if name:
                person.become(self._served.visitor(name))
            person.page.on("request", self._note)
            person.page.on("dialog", lambda dialog: dialog.dismiss())
            self._people[name + language] = person
        return self._people[name + language]

    def _note(self, request: Any) -> None:
        if not request.url.startswith((f"{self._served.hub.url}/", "data:", "blob:")):
            self.elsewhere.append(request.url)

    def close(self) -> None:
        """Find that the browsers had nothing to complain of."""
        for person in self._people.values():
            person.close()
        assert self.elsewhere == []
        assert [text for person in self._people.values() for text in person.complaints] == []


@pytest.fixture
def looking(browser: Browser, strange: Served) -> Iterator[Looking]:
    looking = Looking(browser, strange)
    yield looking
    looking.close()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("", "/hub/login"),
        ("cat", "/hub/home"),
        ("cat", "/hub/spawn"),
        ("cat", "/services/announcements/"),
        ("eve", "/services/announcements/"),
        ("cat", "/services/accounts/"),
        ("ann", "/services/usage/"),
        ("ann", "/hub/home"),
    ],
)
def test_pages(looking: Looking, name: str, path: str, language: str) -> None:
    assert len(looking.look(name, path, language).content()) > 20_000


@pytest.mark.parametrize("what", ["edit", "history", "withdraw"])
def test_pages_of_one_announcement(looking: Looking, strange: Served, what: str) -> None:
    listed = strange.ask(strange.tokens["announcements"], "announcements", "api/v1/announcements")
    ids = [one["id"] for one in listed.json()["announcements"] if not one["file"]]
    assert len(ids) >= 100
    for id_ in ids[:: len(ids) // 3]:
        looking.look("eve", f"/services/announcements/{what}/{id_}")


def test_what_was_typed_comes_back_as_text(looking: Looking, strange: Served) -> None:
    """The form is shown again, filled, with its preview or what is wrong with it."""
    person = looking.look("eve", "/services/announcements/write")
    for text in PAYLOADS[::35]:
        person.goto(strange.url("announcements", "write"))
        with person.expect_navigation():
            person.evaluate(_SEND, [FIELDS, text])
        touch(person)
        assert executed(person) == [], text


_SEND = """([fields, text]) => {
    const form = document.querySelector("main form");
    const made = document.createElement("form");
    made.method = "post";
    const put = (name, value) => {
        const input = document.createElement("textarea");
        [input.name, input.value] = [name, value];
        made.append(input);
    };
    put("_xsrf", form.querySelector("[name=_xsrf]").value);
    put("where", text);
    put("groups", text);
    put("do", "preview");
    for (const name of fields) put(name, text);
    put("kind", "announcement");
    document.body.append(made);
    HTMLFormElement.prototype.submit.call(made);
}"""
