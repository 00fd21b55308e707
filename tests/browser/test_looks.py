"""Every page in light and dark, on a desk and on a phone: nothing sticks out, axe finds no fault.

``--screenshots docs/images`` renews the pictures of the documentation.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Arrive
from tests.support.browser import DESKTOP, PHONE, Person
from tests.support.centre import Centre
from tests.support.hubs import ROOT, Visitor, until
from tests.support.people import logged_in

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
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
    expect(page.get_by_label("Username:")).to_be_focused()
    return page


def home(person: Person) -> Page:
    page = person.visit("/hub/home")
    expect(page.locator("tr[data-server-name=preset]")).to_contain_text("ago")
    return page


def form(person: Person) -> Page:
    return person.visit("/hub/spawn/alice")


def form_advanced(person: Person) -> Page:
    page = person.visit("/hub/spawn/alice")
    page.get_by_role("tab", name="Advanced").click()
    expect(page.locator("#advanced-form")).to_be_visible()
    return page


def limits(person: Person) -> Page:
    page = form_advanced(person)
    page.locator("#advanced-form").get_by_label("Partition").select_option("gpu")
    page.get_by_text("Limits of each partition").click()
    return page


def refused(person: Person) -> Page:
    page = form_advanced(person)
    page.locator("#advanced-cores").evaluate("input => input.removeAttribute('max')")
    page.locator("#advanced-cores").fill("72")
    person.start("#advanced-form")
    expect(page.get_by_role("alert")).to_be_focused()
    return page


def waiting(person: Person) -> Page:
    page = person.visit("/hub/spawn-pending/alice/advanced")
    expect(page.locator("#progress-message")).to_contain_text("QOSMaxWallDurationPerJobLimit")
    return page


def failed(person: Person) -> Page:
    page = person.visit("/hub/spawn-pending/alice/third")
    expect(page.locator("pre")).to_contain_text("Invalid account")
    return page


def menu(person: Person) -> Page:
    page = person.visit("/hub/home")
    button = page.get_by_role("button", name="Toggle navigation")
    if button.is_visible():
        button.click()
        expect(page.get_by_role("link", name="Token")).to_be_visible()
    return page


PAGES = (login, home, form, form_advanced, limits, refused, waiting, failed, menu)
SHOWN = (login, home, form, form_advanced, waiting)
"""In the documentation."""
THEMES = ("light", "dark")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("window", (DESKTOP, PHONE), ids=lambda window: str(window["width"]))
@pytest.mark.parametrize("go", PAGES, ids=lambda go: go.__name__)
def test_looks(
    arrive: Arrive, busy: Visitor, pytestconfig: pytest.Config,
    go: Callable[[Person], Page], window: ViewportSize, theme: str,
) -> None:  # fmt: skip
    person = arrive(color_scheme=theme, viewport=window, reduced_motion="reduce")
    person.become(busy)
    page = go(person)
    assert person.too_wide() == 0
    assert faults(page) == []
    folder: Path | None = pytestconfig.getoption("--screenshots", None)
    if folder and go in SHOWN and (window, theme) == (DESKTOP, "light"):
        name = go.__name__.replace("_", "-")
        page.screenshot(path=folder / f"{name}.png", full_page=True, animations="disabled")


def faults(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds: rule and elements (https://www.deque.com/axe/core-documentation)."""
    page.add_script_tag(path=AXE)
    found: dict[str, list[dict[str, Any]]] = page.evaluate("axe.run()")
    return [
        (f"{violation['id']}: {violation['help']}", [node["html"] for node in violation["nodes"]])
        for violation in found["violations"]
    ]
