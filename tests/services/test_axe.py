"""Every page of the services in both languages, light and dark, wide and narrow."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.services.filled import filled
from tests.support.axe import faults
from tests.support.browser import Person
from tests.support.services import Served

LATELY = datetime.now(UTC) - timedelta(days=14)
"""A day on which something was started (tests/services/filled.py)."""

PAGES = {
    "announcements": ("cat", "/services/announcements/"),
    "announcements of an announcer": ("eve", "/services/announcements/?done=published"),
    "announcements of a group": ("ben", "/services/announcements/"),
    "writing": ("eve", "/services/announcements/write"),
    "writing news": ("eve", "/services/announcements/write?kind=news"),
    "changing": ("eve", "/services/announcements/edit/1"),
    "changing a maintenance": ("eve", "/services/announcements/edit/6"),
    "history": ("eve", "/services/announcements/history/1"),
    "withdrawing": ("eve", "/services/announcements/withdraw/1"),
    "accounts": ("cat", "/services/accounts/"),
    "usage": ("cat", f"/services/usage/?month={LATELY:%Y-%m}"),
    "usage of an admin": ("ann", "/services/usage/"),
    "not found": ("cat", "/services/usage/nowhere"),
}

WAYS: dict[str, tuple[tuple[Literal["light", "dark"], int], ...]] = {
    "en": (("light", 1280), ("dark", 375)),
    "de": (("dark", 1280), ("light", 375)),
}
"""Theme and width in pixels by language: each pair of the three comes up."""


@pytest.fixture(scope="module")
def centre() -> Iterator[Served]:
    with filled() as served:
        yield served


@pytest.fixture(scope="module")
def people(browser: Browser, centre: Served) -> Iterator[dict[tuple[str, str], Person]]:
    """One browser for each who looks, by name and language."""
    found = {
        (name, language): Person(browser, centre.hub.url, locale=language, reduced_motion="reduce")
        for name in {name for name, _ in PAGES.values()}
        for language in WAYS
    }
    for (name, _), person in found.items():
        person.become(centre.visitor(name))
    yield found
    for person in found.values():
        person.close()
    assert [text for person in found.values() for text in person.complaints] == []


@pytest.mark.parametrize("language", WAYS)
@pytest.mark.parametrize("name", PAGES)
def test_no_fault_and_nothing_sticks_out(
    people: dict[tuple[str, str], Person], name: str, language: str
) -> None:
    who, path = PAGES[name]
    person = people[who, language]
    page = person.visit(path)
    root = page.locator("html")
    assert root.get_attribute("lang") == language
    for theme, width in WAYS[language]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        expect(root).to_have_attribute("data-bs-theme", theme)
        assert faults(page) == [], (theme, width)
        assert person.too_wide() == 0, (theme, width)
    page.set_viewport_size({"width": 320, "height": 800})
    assert person.too_wide() == 0, "WCAG 2.2, 1.4.10 Reflow"
