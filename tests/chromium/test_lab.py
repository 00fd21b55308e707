"""What JupyterLab and Notebook 7 show of their job. One server of the local scheduler for all.

The hub, the server and JupyterLab are real. Where a test needs the last minutes of a job, or a hub
that is away, it changes what the browser hears of the job (``heard``) and says so; the real clock
of the real Slurm is in test_lab_time.py.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.hub.room import Room, stop_all
from tests.support import axe
from tests.support.browser import PHONE, Person
from tests.support.hubs import Visitor

HOSTILE = "</script><img src=x onerror=alert(1)> \u202eecnanetniam\u202c 🛠 \"'`{{7*7}}"
LONG = "The file system is slow. " * 20
ANNOUNCED: list[dict[str, Any]] = [
    {"severity": "critical", "text": HOSTILE, "where": ["lab"]},
    {"severity": "info", "title": "Disks", "where": ["lab"], "url": "https://status.example.org/d",
     "text": {"en": LONG, "de": "Das Dateisystem ist langsam."}},
]  # fmt: skip
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def ann() -> Iterator[Visitor]:
    """Ann, with a server that has two hours, at a centre that announces something."""
    room = Room({"branding": {"announcements": ANNOUNCED}})
    try:
        room.hub.start()
        visitor = room.visitor("ann")
        visitor.start("", {"profile": "small"})
        visitor.wait_ready()
        yield visitor
        stop_all(visitor)
        visitor.close()
    finally:
        room.close()


@pytest.fixture
def at_work(browser: Browser, ann: Visitor) -> Iterator[Open]:
    """at_work("/lab", heard={"stale": True}, locale="de-DE") -> the page."""
    people: list[Person] = []

    def opened(path: str = "/lab", heard: dict[str, Any] | None = None, **options: Any) -> Page:
        person = Person(browser, ann.url, **options)
        people.append(person)
        person.become(ann)
        if heard is not None:
            change(person.page, heard)
        page = person.visit(f"/user/ann{path}")
        expect(item(page)).to_be_visible()
        return page

    yield opened
    for person in people:
        person.close()


@pytest.fixture(scope="module")
def kept_open(browser: Browser, ann: Visitor) -> Iterator[Page]:
    """A tab for all tests that only change what it hears."""
    person = Person(browser, ann.url)
    person.become(ann)
    yield person.visit("/user/ann/lab")
    person.close()


@pytest.fixture
def tab(kept_open: Page) -> Iterator[Page]:
    """That tab, hearing the truth."""
    yield kept_open
    kept_open.unroute_all()
    look(kept_open)


def change(page: Page, heard: dict[str, Any]) -> None:
    """Let the browser hear something else of the job; ``left``: seconds until its end."""

    def answer(route: Route) -> None:
        said = route.fetch().json() | heard
        if "left" in heard:
            said["end"] = said["now"] + heard["left"]
        route.fulfill(json=said)

    page.unroute_all()
    page.route("**/api/berth/job*", answer)


def look(page: Page) -> None:
    """Come back to the tab."""
    with page.expect_response("**/api/berth/job*"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def item(page: Page) -> Locator:
    return page.locator(".berth-job")


def toasts(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.locator(".Toastify__toast").filter(has_text=text)


# --- the time


def test_the_time_left_beside_the_memory(at_work: Open) -> None:
    page = at_work()
    status = page.locator("#jp-main-statusbar")
    expect(status.locator(".berth-job")).to_have_text(
        re.compile(r"1 h \d+ min left|2 h 0 min left")
    )
    expect(status).to_contain_text(re.compile(r"Mem:\s+[\d.]+ / 512\.00 MB"))
    expect(item(page)).to_have_attribute(
        "title", re.compile(r"Job 1 ends .*\nNode 127.0.0.1\nPart")
    )


def test_notebook_has_it_on_top(at_work: Open) -> None:
    page = at_work("/tree", locale="de-DE")
    expect(page.locator("#top-panel .berth-job")).to_have_text(re.compile(r"noch 1 h \d+ min"))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (3 * 86400 + 7200 + 9, "3 d 2 h left"), (3600 + 9, "1 h 0 min left"),
        (20 * 60 + 9, "20 min left"), (30, "less than 1 min left"), (-5, "time is up"),
    ],
)  # fmt: skip
def test_as_people_say_it(tab: Page, seconds: int, shown: str) -> None:
    """The end is faked."""
    change(tab, {"left": seconds})
    look(tab)
    expect(item(tab)).to_have_text(shown)


def test_a_job_without_an_end(tab: Page) -> None:
    """The end is faked."""
    change(tab, {"end": None})
    look(tab)
    expect(item(tab)).to_have_text("job 1")
    expect(item(tab)).to_have_attribute("title", re.compile("whose end is not known"))


def test_a_clock_that_is_wrong_matters_not(browser: Browser, ann: Visitor) -> None:
    """The browser's clock is faked: it is a year behind."""
    person = Person(browser, ann.url)
    person.become(ann)
    person.page.clock.set_fixed_time(time.time() - 365 * 86400)
    page = person.visit("/user/ann/lab")
    expect(item(page)).to_have_text(re.compile(r"1 h \d+ min left|2 h 0 min left"))
    person.close()


def test_what_is_old_is_marked(tab: Page) -> None:
    """That the hub is away is faked; what the server makes of it is in tests/singleuser."""
    change(tab, {"stale": True, "age": 300.4})
    look(tab)
    expect(item(tab)).to_have_text(re.compile(r"about 1 h \d+ min left"))
    expect(item(tab)).to_have_attribute("title", re.compile("last heard of 300 s ago"))


def test_a_server_that_is_away_leaves_what_was_known(tab: Page) -> None:
    tab.route("**/api/berth/job*", lambda route: route.abort())
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(item(tab)).to_have_text(re.compile(r"about 1 h \d+ min left"))


# --- the warnings


def test_fifteen_and_five_minutes_before_the_end(at_work: Open) -> None:
    """The end is faked, three times."""
    page = at_work(heard={"left": 15 * 60 + 30}, locale="de-DE")
    warning = toasts(page, "Speichern Sie jetzt.")
    expect(warning).to_have_count(0)
    change(page, {"left": 15 * 60 - 10})
    look(page)
    expect(warning).to_have_count(1)
    expect(warning).to_contain_text("Dieser Server endet in 15 min, um ")
    expect(item(page)).to_have_class(re.compile("berth-soon"))
    warning.get_by_role("button").first.click()
    look(page)
    expect(warning).to_have_count(0)
    change(page, {"left": 5 * 60 - 10})
    look(page)
    expect(warning).to_contain_text("Dieser Server endet in 5 min, um ")
    change(page, {"left": 3600})
    look(page)
    expect(warning).to_have_count(0)
    expect(item(page)).not_to_have_class(re.compile("berth-soon"))


def test_a_phone_shows_the_warnings(browser: Browser, ann: Visitor) -> None:
    """The end is faked, twice. JupyterLab has no status bar there."""
    person = Person(browser, ann.url, viewport=PHONE)
    person.become(ann)
    change(person.page, {"left": 240})
    warning = toasts(person.visit("/user/ann/lab"), "ends in 4 min,")
    expect(warning).to_be_visible()
    change(person.page, {"left": 3600})
    look(person.page)
    expect(warning).to_have_count(0)
    person.close()


# --- announcements


def test_a_long_one_is_read_in_full_and_in_german(at_work: Open) -> None:
    page = at_work()
    toasts(page, "Disks: The file").get_by_role("button", name="Read on").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(LONG.strip())
    expect(dialog.get_by_role("link")).to_have_attribute("href", "https://status.example.org/d")
    german = at_work(locale="de-DE")
    expect(toasts(german, "Disks: Das Dateisystem ist langsam.")).to_be_visible()
    german.context.add_cookies([{"name": "berth-language", "value": "en", "url": german.url}])
    german.reload()
    expect(toasts(german, "Disks: The file system")).to_be_visible()


def test_hostile_words_are_words_and_what_was_dismissed_stays_away(at_work: Open) -> None:
    page = at_work()
    found = toasts(page, "onerror")
    expect(found).to_be_visible()
    assert HOSTILE in (found.locator(".jp-toast-message").text_content() or "")
    expect(page.locator("img[src='x']")).to_have_count(0)
    found.get_by_role("button", name="Dismiss").click()
    expect(found).to_have_count(0)
    page.reload()
    expect(toasts(page, "Disks")).to_be_visible()
    expect(found).to_have_count(0)


# --- by keyboard, for screen readers, and in another JupyterLab


def test_by_keyboard_to_the_hub(at_work: Open) -> None:
    page = at_work()
    item(page).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The job of this server")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(item(page)).to_be_focused()
    page.keyboard.press("Enter")
    with page.context.expect_page() as info:
        dialog.get_by_role("button", name="Hub Control Panel").click()
    expect(info.value).to_have_url(re.compile("/hub/home"))


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def theme(request: pytest.FixtureRequest, ann: Visitor) -> Iterator[str]:
    """The theme that ann has chosen, for one test."""
    settings = f"{ann.url}/user/ann/lab/api/settings/@jupyterlab/apputils-extension:themes"
    token = {"Authorization": f"token {ann.token()}"}

    def choose(raw: str) -> None:
        answer = requests.put(settings, json={"raw": raw}, headers=token, timeout=60)
        assert answer.status_code == 204, answer.text

    choose(json.dumps({"theme": request.param}))
    yield request.param
    choose("{}")


def test_axe_finds_nothing_on_ours(at_work: Open, theme: str) -> None:
    page = at_work()
    expect(page.locator(f"body[data-jp-theme-name='{theme}']")).to_be_attached()
    assert axe.faults(page, ".berth-job") == []
    item(page).click()
    expect(page.locator(".berth-about")).to_be_visible()
    assert axe.faults(page, ".berth-about") == []


ANOTHER = """
const Real = Object.defineProperty;
let ours;
Real(window, "_JUPYTERLAB", {configurable: true, value: new Proxy({}, {
    set(all, name, container) {
        if (name === "berth") {
            const init = container.init;
            container.init = (scope) => init({...scope, "@jupyterlab/apputils": undefined});
        }
        all[name] = container;
        return true;
    },
})});
"""


def test_a_jupyterlab_that_shares_less_is_left_alone(browser: Browser, ann: Visitor) -> None:
    """Another release of JupyterLab, played by one that shares no apputils with us."""
    person = Person(browser, ann.url)
    person.become(ann)
    lines: list[str] = []
    person.page.on("console", lambda message: lines.append(message.text))
    person.page.add_init_script(ANOTHER)
    with person.page.expect_console_message(lambda message: message.text.startswith("berth:")):
        page = person.visit("/user/ann/lab")
    expect(page.locator(".jp-Launcher")).to_be_visible()
    expect(item(page)).to_have_count(0)
    [line] = [line for line in lines if line.startswith("berth:")]
    assert "not shared by this page: Notification, Dialog, showDialog" in line
    person.close()


def test_it_is_small() -> None:
    folder = Path(__file__).parents[2] / "hub_config/singleuser/labextension/static"
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 20_000
