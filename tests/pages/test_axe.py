"""Every page, drawn in both languages, light and dark, wide and narrow: axe finds no fault.

The pages of a running hub, upstream's too, are looked at in tests/browser.
"""

from typing import Literal

import pytest
from playwright.sync_api import expect

from hub_config.i18n import LANGUAGES
from tests.pages.conftest import Visit
from tests.pages.drawing import speaking
from tests.pages.scenes import SCENES
from tests.support.axe import faults

WAYS: dict[str, tuple[tuple[Literal["light", "dark"], int], ...]] = {
    "en": (("light", 1280), ("dark", 375)),
    "de": (("dark", 1280), ("light", 375)),
}
"""Theme and width in pixels by language: each pair of the three comes up."""


def test_every_language_is_looked_at() -> None:
    assert set(WAYS) == set(LANGUAGES)


@pytest.mark.parametrize("language", WAYS)
@pytest.mark.parametrize("name", sorted(SCENES))
def test_no_fault(visit: Visit, name: str, language: str) -> None:
    with speaking(language):
        html = SCENES[name]()
    page = visit(html, locale=language, reduced_motion="reduce")
    root = page.locator("html")
    assert root.get_attribute("lang") == language
    for theme, width in WAYS[language]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        expect(root).to_have_attribute("data-bs-theme", theme)
        assert faults(page) == [], (theme, width)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(SCENES))
def test_nothing_sticks_out(visit: Visit, name: str, language: str) -> None:
    """320 px is also what is left of 1280 px at a zoom of 400 % (WCAG 2.2, 1.4.10 Reflow)."""
    with speaking(language):
        page = visit(SCENES[name](), locale=language)
    for width in (320, 375, 640, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
