"""Pages of servers in a real queue: nothing sticks out, axe finds no fault.

Every page in every language, theme and width is looked at in tests/pages, drawn.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.support.axe import faults
from tests.support.browser import DESKTOP, PHONE, Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor, until
from tests.support.people import logged_in

WAITS = {"profile": "advanced", "partition": "shared", "walltime": "2h", "qos": "express"}


@pytest.fixture(scope="module")
def busy(centre: Centre, unix_users: dict[str, str]) -> Iterator[Visitor]:
    """Alice with three servers: preset runs, advanced waits, third was refused by Slurm."""
    with logged_in(centre, "alice", unix_users) as alice:
        alice.start("third", {"profile": "compute-24", "account": "mh0010"})
        alice.start("advanced", {**WAITS, "account": "bm0146"})
        alice.start("preset", {"profile": "prepost-1", "account": "bm0146"})
        alice.wait_ready("preset")
        until(lambda: "Invalid account" in alice.failure("third"), "Slurm's refusal")
        yield alice


def login(person: Person) -> Page:
    person.context.clear_cookies()
    page = person.visit("/hub/login")
    expect(page.locator("#username_input")).to_be_focused()
    return page


def home(person: Person) -> Page:
    page = person.visit("/hub/home")
    expect(page.locator("tr[data-server-name=preset] time")).to_be_visible()
    return page


def form(person: Person) -> Page:
    page = person.visit("/hub/spawn/alice")
    expect(page.locator("#preset-form .berth-estimate")).not_to_be_empty()
    return page


def form_advanced(person: Person) -> Page:
    page = person.visit("/hub/spawn/alice")
    page.locator("#tab-advanced").click()
    page.locator("#advanced-partition").select_option("gpu")
    expect(page.locator("#advanced-gpus")).to_be_visible()
    return page


def refused(person: Person) -> Page:
    page = person.visit("/hub/spawn/alice/fourth")
    page.locator("#tab-advanced").click()
    page.locator("#advanced-cores").evaluate("input => input.removeAttribute('max')")
    page.locator("#advanced-cores").fill("72")
    page.locator("#advanced-form button.berth-start").click()
    expect(page.locator("#form-trouble")).to_be_focused()
    return page


def waiting(person: Person) -> Page:
    page = person.visit("/hub/spawn-pending/alice/advanced")
    expect(page.locator("[data-row=reason]")).to_contain_text("QOSMaxWallDurationPerJobLimit")
    return page


def failed(person: Person) -> Page:
    page = person.visit("/hub/spawn-pending/alice/third")
    expect(page.locator("#failure-words")).to_contain_text("Invalid account")
    return page


def menu(person: Person) -> Page:
    page = person.visit("/hub/home")
    button = page.locator(".navbar-toggler")
    if button.is_visible():
        button.click()
    expect(page.locator("a[href='/hub/token']")).to_be_visible()
    return page


PAGES = (login, home, form, form_advanced, refused, waiting, failed, menu)
DESK = {"viewport": DESKTOP, "color_scheme": "light", "locale": "en"}
NIGHT = {"viewport": PHONE, "color_scheme": "dark", "locale": "de"}


@pytest.mark.parametrize("where", (DESK, NIGHT), ids=("desk", "night"))
@pytest.mark.parametrize("go", PAGES, ids=lambda go: go.__name__)
def test_looks(
    arrive: Arrive, busy: Visitor, go: Callable[[Person], Page], where: dict[str, Any]
) -> None:
    person = arrive(reduced_motion="reduce", **where)
    person.become(busy)
    page = go(person)
    assert page.locator("html").get_attribute("lang") == where["locale"]
    assert person.too_wide() == 0
    assert faults(page) == []
