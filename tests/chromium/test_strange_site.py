"""A site whose every text is strange: a real hub shows each as it was written, in both languages.

Quotes, ends of scripts, emoji, text from right to left, very long words, and what template
languages, format strings and gettext would fill in.
"""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from ruamel.yaml import YAML

from tests.hub.room import Room
from tests.support.browser import DESKTOP, PHONE, Person
from tests.support.hubs import Visitor

STRANGE = "'\"</script><i>&amp;🚀 שלום {{ 7*7 }}{n} %s %(x)s"
LONG = STRANGE + " Donaudampfschifffahrtsgesellschaft" + "skapitän" * 12
GERMAN = "Für 'alle' \"</script><b>&lt;🚀 مرحبا {% raw %}{0} %d %(y)s"
BOTH = {"en": STRANGE, "de": GERMAN}
PASSAGE = {"en": LONG, "de": GERMAN}
KINDS = {
    "en": ("Important:", "Maintenance:", "Warning:", "Information:"),
    "de": ("Wichtig:", "Wartung:", "Warnung:", "Hinweis:"),
}
AWAY = {"en": "Dismiss", "de": "Ausblenden"}
WELCOME = {"en": "Welcome to {name}", "de": "Willkommen bei {name}"}
LINK: dict[str, Any] = {"text": BOTH, "url": "https://example.org/?a='&b=%22"}

BRANDING: dict[str, Any] = {
    "name": STRANGE,
    "phase": "alpha",
    "welcome": PASSAGE,
    "links": [LINK],
    "footer": [LINK],
    "contact": "https://example.org/?subject={subject}&body={body}",
    "maintenance": BOTH,
    "notices": [BOTH, LONG],
    "news": [{"date": "2026-03-01", "title": BOTH, "text": PASSAGE}],
    "announcements": [
        {"severity": severity, "title": BOTH, "text": PASSAGE}
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
    """Somebody on a phone, and their language."""
    person = Person(browser, room.hub.url, locale=request.param, viewport=PHONE)
    dialogs: list[str] = []
    person.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    yield person, request.param
    person.close()
    assert (person.complaints, dialogs) == ([], [])


def written(place: Locator, *texts: str) -> None:
    """See these texts there, one in each element of the *place* and nothing beside, as written."""
    expect(place).to_have_text(list(texts))
    for one in place.all():
        expect(one).to_be_visible()


def frame(page: Page, language: str) -> None:
    """See what is around every page, in a wide window: on a phone the bar is folded."""
    text = BOTH[language]
    page.set_viewport_size(DESKTOP)
    written(page.locator("#jupyterhub-logo > span").first, STRANGE)
    links = page.locator("#thenavbar, footer").get_by_role("link", name=text, exact=True)
    written(links, text, text)
    for link in links.all():
        expect(link).to_have_attribute("href", LINK["url"])


def announced(page: Page, language: str, *, maintenance: bool) -> None:
    """See all announcements, the gravest first, and the next maintenance where that is told."""
    text, long = BOTH[language], unescape(PASSAGE[language])  # as Markdown reads it
    written(page.locator(".berth-notice strong"), *[text] * 4)
    written(page.locator(".berth-notice .berth-article"), *[long] * 4)
    kinds = KINDS[language]
    told = [f"{kind} {text} {long}" for kind in kinds]
    told[2:] = [f"{one} {AWAY[language]}: {text}" for one in told[2:]]
    expect(page.locator(".berth-notice")).to_have_text(
        [*told, f"{kinds[1]} {text}"] if maintenance else told
    )


def fits(person: Person) -> None:
    narrow: ViewportSize = {"width": 320, "height": 800}
    for window in (PHONE, narrow, DESKTOP):
        person.page.set_viewport_size(window)
        assert person.too_wide() == 0, window


def test_the_login_page(person: tuple[Person, str]) -> None:
    somebody, language = person
    page = somebody.visit("/hub/login")
    text, long = BOTH[language], PASSAGE[language]
    written(page.locator(".berth-welcome > .h2"), WELCOME[language].replace("{name}", STRANGE))
    written(page.locator(".berth-welcome .lead"), long)
    written(page.locator(".berth-welcome .nav-link"), text)  # on a phone, for the bar is folded
    written(page.locator(".berth-notices li > span"), text, LONG)
    written(page.locator(".berth-news strong"), text)
    written(page.locator(".berth-news .berth-article"), unescape(long))
    announced(page, language, maintenance=True)
    frame(page, language)
    assert page.title() == STRANGE
    fits(somebody)


def test_home(person: tuple[Person, str], ann: Visitor) -> None:
    somebody, language = person
    somebody.become(ann)
    page = somebody.visit("/hub/home")
    announced(page, language, maintenance=True)
    frame(page, language)
    fits(somebody)


def test_the_form(person: tuple[Person, str], ann: Visitor) -> None:
    somebody, language = person
    somebody.become(ann)
    page = somebody.visit("/hub/spawn/ann")
    announced(page, language, maintenance=False)
    written(page.locator("#preset-form .berth-card label"), STRANGE, GERMAN)
    written(page.locator("#preset-form .berth-card p:not([class*=berth-])"), LONG, GERMAN)
    expect(page.locator("#preset-form input[value=locked]")).to_be_disabled()
    page.locator("#tab-advanced").click()
    for field in ("partition", "application"):
        shown = page.locator(f"#advanced-{field} option")
        assert [option for option in shown.all_text_contents() if option == STRANGE]
    fits(somebody)
