"""Pages that are JupyterHub's own but for our frame, of a running hub: axe finds no fault."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.hub.room import ADMIN, Room, running
from tests.support.axe import faults
from tests.support.browser import DESKTOP, PHONE, THEMES, Person
from tests.support.hubs import Visitor


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A running hub."""
    with running({}) as room:
        yield room


@pytest.fixture(scope="module")
def admin(room: Room) -> Iterator[Visitor]:
    """An admin with an API token."""
    visitor = room.visitor(ADMIN)
    visitor.token()
    yield visitor
    visitor.close()


def login_page(person: Person) -> Page:
    person.context.clear_cookies(name="jupyterhub-session-id")
    person.context.clear_cookies(name="jupyterhub-hub-login")
    page = person.visit("/hub/login")
    expect(page.locator("#username_input")).to_be_focused()
    return page


def refused_login(person: Person) -> Page:
    page = login_page(person)
    page.locator("#username_input").fill("ann")
    page.locator("#password_input").fill("wrong")
    page.locator("#login_submit").click()
    expect(page.locator(".login_error")).to_be_visible()
    return page


def token_page(person: Person) -> Page:
    page = person.visit("/hub/token")
    expect(page.locator("tr.token-row").first).to_be_visible()
    return page


def admin_page(person: Person) -> Page:
    page = person.visit("/hub/admin")
    expect(page.get_by_role("row", name=ADMIN).first).to_be_visible()
    return page


def home(person: Person) -> Page:
    return person.visit("/hub/home")


def form(person: Person) -> Page:
    return person.visit(f"/hub/spawn/{ADMIN}")


def nowhere(person: Person) -> Page:
    return person.visit("/hub/nowhere")


PAGES = (login_page, refused_login, token_page, admin_page, home, form, nowhere)


@pytest.mark.parametrize("language", ("en", "de"))
@pytest.mark.parametrize("go", PAGES, ids=lambda go: go.__name__)
def test_no_fault(
    browser: Browser, room: Room, admin: Visitor, go: Callable[[Person], Page], language: str
) -> None:
    found: dict[str, Any] = {}
    for theme in THEMES:
        for window in (DESKTOP, PHONE):
            name = f"{theme}, {window['width']} px"
            found[name] = _look(browser, room, admin, go, theme, window, language)
    assert not {name: wrong for name, wrong in found.items() if wrong}


def _look(
    browser: Browser, room: Room, admin: Visitor, go: Callable[[Person], Page],
    theme: str, window: ViewportSize, language: str,
) -> list[Any]:  # fmt: skip
    person = Person(
        browser, room.hub.url, color_scheme=theme, viewport=window, locale=language,
        reduced_motion="reduce",
    )  # fmt: skip
    try:
        person.become(admin)
        page = go(person)
        wide = person.too_wide()
        language_is = page.locator("html").get_attribute("lang")
        wrong = [f"lang={language_is}"] if language_is != language else []
        return [*faults(page), *([f"{wide} px too wide"] if wide else []), *wrong,
                *person.complaints]  # fmt: skip
    finally:
        person.close()
