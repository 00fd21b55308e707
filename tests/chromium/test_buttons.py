"""Every button that needs more than one page, pressed once on a real hub, in both languages.

Jobs are of the local scheduler. Their servers are stand-ins that are there at once (quick.py), end
at once, or wait for a sign.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hub_config.i18n.catalog import catalog
from tests.hub.room import HERE, Room, stop_all
from tests.support.browser import Person
from tests.support.hubs import Visitor, until

MINE = {"profile": "small", "log_name": "mine"}
FAILING = "#!/bin/sh\necho 'no such module'\nexit 7\n"
SIGNED = '#!/bin/sh\nwhile [ ! -e {sign} ]; do sleep 0.1; done\nexec {quick} "$@"\n'

# What the page lets the browser say, which no test can see otherwise; it is said all the same.
TOLD = """
    const Real = window.Notification;
    window.Notification = class extends Real {
        constructor(title, options) {
            super(title, options);
            localStorage.setItem("told", title);
        }
    };
"""


@dataclass(frozen=True)
class Place:
    """A running hub, what its jobs can be, and Ben who is logged in."""

    room: Room
    ben: Visitor
    quick: Path
    failing: Path
    signed: Path
    sign: Path


@dataclass(frozen=True)
class Reader:
    """Ben at his browser, and his language."""

    person: Person
    language: str

    def says(self, text: str) -> str:
        said = catalog(self.language).gettext(text)
        assert (said == text) == (self.language == "en"), f"{text} is not translated"
        return said

    def button(self, name: str, within: Page | Locator | None = None) -> Locator:
        place = within or self.person.page
        return place.get_by_role("button", name=self.says(name), exact=True)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    room = Room({"branding": {"contact": "help@example.org"}})
    try:
        quick = room._program("quick.py", HERE.joinpath("quick.py").read_text())
        sign = room.folder / "sign"
        signed = room._program("signed", SIGNED.format(sign=sign, quick=quick))
        failing = room._program("failing", FAILING)
        room.hub.start()
        ben = room.visitor("ben")
        yield Place(room, ben, quick, failing, signed, sign)
        ben.close()
    finally:
        room.close()


@pytest.fixture(params=("en", "de"))
def reader(browser: Browser, place: Place, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Ben, who has chosen a language; his servers, and what the form remembers, end with him."""
    person = Person(browser, place.room.hub.url, locale="fr-FR")
    person.become(place.ben)
    cookie = {"name": "berth-language", "value": request.param, "url": place.room.hub.url}
    person.context.add_cookies([cookie])  # type: ignore[list-item]
    try:
        yield Reader(person, request.param)
    finally:
        person.close()
        place.sign.unlink(missing_ok=True)
        stop_all(place.ben)
        place.ben.forget()
    assert person.complaints == []


def form(reader: Reader, query: str = "") -> tuple[Page, Locator]:
    """Return the form, and the part of it that is for presets."""
    page = reader.person.visit(f"/hub/spawn/ben{query}")
    expect(page.locator("html")).to_have_attribute("lang", reader.language)
    return page, page.locator("#pane-preset")


def fail(place: Place) -> None:
    """Let a start of ben's with MINE fail."""
    with place.room.launcher(place.failing):
        place.ben.submit_form("", MINE)
        until(lambda: "" not in place.ben.servers(), "the end of the start")


# --- the form


def test_reset(place: Place, reader: Reader) -> None:
    fail(place)
    page, pane = form(reader)
    log_name = page.locator("#preset-log_name")
    expect(log_name).to_have_value("mine")
    expect(pane).to_contain_text(reader.says("Options saved"))
    with page.expect_request(lambda request: request.method == "POST") as sent:
        reader.button("Reset", pane).click()
    assert urlsplit(sent.value.url).path == "/hub/berth/forget/ben/preset"
    expect(pane).not_to_contain_text(reader.says("Options saved"))
    assert log_name.input_value() != "mine"
    page.reload()
    assert log_name.input_value() != "mine"


def test_copy_link(reader: Reader) -> None:
    page, pane = form(reader)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("input[name=profile][value=notebook]").check()
    page.locator("#preset-log_name").fill("mine & yours")
    reader.button("Copy link", pane).click()
    expect(pane.get_by_text(reader.says("Link copied"))).to_have_role("status")
    copied = page.evaluate("navigator.clipboard.readText()")
    expect(pane.get_by_label(reader.says("Link to this form, filled in"))).to_have_value(copied)
    page.goto(copied)
    expect(page.locator("input[name=profile][value=notebook]")).to_be_checked()
    expect(page.locator("#preset-log_name")).to_have_value("mine & yours")


def test_show_the_job_script(place: Place, reader: Reader) -> None:
    submitted = place.room.submitted
    _, pane = form(reader, "?opt-profile=small&opt-log_name=mine")
    reader.button("Show the job script", pane).click()
    script = pane.get_by_role("region", name=reader.says("Script"))
    expect(script).to_contain_text("#!/bin/bash")
    reader.button("Hide the job script", pane).click()
    expect(script).to_be_hidden()
    expect(reader.button("Show the job script", pane)).to_be_visible()
    assert place.room.submitted == submitted, "nothing is started"


# --- home


def test_remove(place: Place, reader: Reader) -> None:
    ben = place.ben
    with place.room.launcher(place.quick):
        ben.start("preset", MINE)
        ben.wait_ready("preset")
    ben.stop("preset")
    ben.wait_stopped("preset")
    page = reader.person.visit("/hub/home")
    end = page.locator("article[aria-labelledby=past-preset]")
    reader.button("Remove", end).click()
    expect(end).to_have_count(0)
    page.reload()
    expect(page.locator("#servers")).to_be_visible()
    expect(end).to_have_count(0)
    everything = {"include_stopped_servers": "1"}
    servers = ben.api("GET", "/users/ben", params=everything).json()["servers"]
    assert "preset" not in servers


# --- waiting, and a start that failed


def test_retry_with_the_same_options(place: Place, reader: Reader) -> None:
    fail(place)
    page = reader.person.visit("/hub/spawn-pending/ben")
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text(reader.says("Your server did not start"))
    with place.room.launcher(place.quick):
        reader.button("Retry with the same options").click()
        expect(page).to_have_url(re.compile("/user/ben/"))
        place.ben.wait_ready()
    assert place.ben.servers()[""]["user_options"] == MINE


def test_ask_support(place: Place, reader: Reader) -> None:
    fail(place)
    job = place.room.records()[-1].job_id
    page = reader.person.visit("/hub/spawn-pending/ben")
    link = page.get_by_role("link", name=reader.says("Ask support"), exact=True)
    address = urlsplit(link.get_attribute("href") or "")
    assert (address.scheme, unquote(address.path)) == ("mailto", "help@example.org")
    mail = parse_qs(address.query)
    assert mail["subject"][0]
    assert re.search(rf"\bJob: {job}\b", mail["body"][0])
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", mail["body"][0])


def test_tell_me_when_it_is_ready(place: Place, reader: Reader) -> None:
    reader.person.context.grant_permissions(["notifications"])
    reader.person.context.add_init_script(TOLD)
    with place.room.launcher(place.signed):
        place.ben.submit_form("", MINE)
        page = reader.person.visit("/hub/spawn-pending/ben")
        tell = reader.button("Tell me when it is ready")
        expect(tell).to_have_attribute("aria-pressed", "false")
        tell.click()
        expect(tell).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("localStorage.getItem('told')") is None
        until(place.room.living, "the job")
        place.sign.touch()
        expect(page).to_have_url(re.compile("/user/ben/"))
    assert page.evaluate("localStorage.getItem('told')") == reader.says("Your server is ready")
