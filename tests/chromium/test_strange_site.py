"""A site whose every text is strange: a real hub shows each as it was written, in both languages.

Quotes, ends of scripts, emoji, text from right to left, very long words, and what template
languages, format strings and gettext would fill in.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect
from ruamel.yaml import YAML

from tests.hub.room import Room
from tests.support.browser import DESKTOP, PHONE, Person
from tests.support.hubs import Visitor

STRANGE = "'\"</script><i>&amp;🚀 שלום {{ 7*7 }}{n} %s %(x)s"
LONG = STRANGE + " Donaudampfschifffahrtsgesellschaft" + "skapitän" * 12
GERMAN = "Für 'alle' \"</script><b>&lt;🚀 مرحبا {% raw %}{0} %d %(y)s"
BOTH = {"en": STRANGE, "de": GERMAN}
LINK = {"text": BOTH, "url": "https://example.org/?a='&b=%22"}

BRANDING: dict[str, Any] = {
    "name": STRANGE,
    "phase": "alpha",
    "welcome": {"en": LONG, "de": GERMAN},
    "links": [LINK],
    "footer": [LINK],
    "contact": "https://example.org/?subject={subject}&body={body}",
    "maintenance": BOTH,
    "notices": [BOTH, LONG],
    "news": [{"date": "2026-03-01", "title": BOTH, "text": {"en": LONG, "de": GERMAN}}],
    "announcements": [
        {"severity": severity, "title": BOTH, "text": {"en": LONG, "de": GERMAN}}
        for severity in ("critical", "maintenance", "warning", "info")
    ],
}
PROFILES: dict[str, Any] = {
    "presets": [
        {"id": "strange", "title": STRANGE, "description": LONG, "partition": "local",
         "memory": "512M", "walltime": "2h"},
        {"id": "locked", "title": GERMAN, "description": GERMAN, "partition": "local",
         "memory": "512M", "walltime": "2h", "groups": ["nobody's"]},
    ],
    "advanced": {
        "fields": ["partition", "cores", "application", "log_name"],
        "partitions": {"local": {"title": STRANGE, "cores": {"default": 1, "max": 2}}},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A hub of that site."""
    applications = {"lab": {"title": STRANGE, "url": "/lab"}}
    room = Room({"branding": BRANDING, "applications": applications})
    try:
        profiles = room.folder / "profiles.d"
        for file in profiles.iterdir():
            file.unlink()
        YAML().dump(PROFILES, profiles / "strange.yml")
        room.account.give(*profiles.iterdir())
        room.hub.start()
        yield room
    finally:
        room.close()


@pytest.fixture(scope="module")
def ann(room: Room) -> Iterator[Visitor]:
    visitor = room.visitor("ann")
    yield visitor
    visitor.close()


@pytest.fixture(params=("en", "de"))
def person(
    browser: Browser, room: Room, request: pytest.FixtureRequest
) -> Iterator[tuple[Person, str]]:
    """Somebody on a phone, and the text that is in their language."""
    person = Person(browser, room.hub.url, locale=request.param, viewport=PHONE)
    dialogs: list[str] = []
    person.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    yield person, {"en": STRANGE, "de": GERMAN}[request.param]
    person.close()
    assert (person.complaints, dialogs) == ([], [])


def written(where: Locator, text: str) -> None:
    """See *text* there as it was written."""
    expect(where.get_by_text(text).first).to_be_visible()


def fits(person: Person) -> None:
    narrow: ViewportSize = {"width": 320, "height": 800}
    for window in (PHONE, narrow, DESKTOP):
        person.page.set_viewport_size(window)
        assert person.too_wide() == 0, window


def test_the_login_page(person: tuple[Person, str]) -> None:
    somebody, text = person
    page = somebody.visit("/hub/login")
    for place in ("main", "footer"):
        written(page.locator(place), text)
    written(page.locator("main"), LONG)
    assert STRANGE in page.title()
    fits(somebody)


def test_home(person: tuple[Person, str], ann: Visitor) -> None:
    somebody, text = person
    somebody.become(ann)
    page = somebody.visit("/hub/home")
    written(page.locator("footer"), text)
    written(page.locator("#jupyterhub-logo"), STRANGE)
    fits(somebody)


def test_the_form(person: tuple[Person, str], ann: Visitor) -> None:
    somebody, _ = person
    somebody.become(ann)
    page = somebody.visit("/hub/spawn/ann")
    for text in (STRANGE, LONG, GERMAN):
        written(page.locator("#preset-form"), text)
    expect(page.locator("#preset-form input[value=locked]")).to_be_disabled()
    page.locator("#tab-advanced").click()
    for field in ("partition", "application"):
        shown = page.locator(f"#advanced-{field} option")
        assert [option for option in shown.all_text_contents() if option == STRANGE]
    fits(somebody)
