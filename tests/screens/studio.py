"""Chromium as a camera: the same page gives the same picture, whenever and wherever it is taken."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.pages.site import HUB, Site
from tests.support.browser import DESKTOP, PHONE, Person
from tests.support.hubs import Visitor

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""What the pages' clock says for ever."""

THEMES = ("light", "dark")
WINDOWS = (DESKTOP, PHONE)
FRAME: dict[str, Any] = {"reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "UTC"}
QUALITY = 0.85
SETTLED = 1000
"""Milliseconds in which a page's scripts have done what they do at first. Some ask on and on."""

# There is no encoder of WebP among our packages, but there is one in every browser:
# https://developer.mozilla.org/en-US/docs/Web/API/HTMLCanvasElement/toDataURL
_SMALLER = """async ([png, quality]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


def file_name(name: str, theme: str, width: int) -> str:
    """Return the name of a picture."""
    return f"{name}-{theme}-{width}.webp"


class Studio:
    """Takes each page in light and dark, wide and narrow."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self._darkroom = browser.new_page()

    def drawn(self, name: str, html: str, events: list[dict[str, object]]) -> None:
        """Take a page that no hub made; *events* is what it hears of a start."""
        for theme, window in _frames():
            site = Site()
            site.html, site.events = html, events
            context = self._browser.new_context(color_scheme=theme, viewport=window, **FRAME)
            page = context.new_page()
            page.clock.set_fixed_time(NOW)
            page.route("**/*", site)
            page.goto(f"{HUB}/hub/page")
            self._take(page, file_name(name, theme, window["width"]))
            context.close()

    def live(self, name: str, url: str, visitor: Visitor, go: Callable[[Person], Page]) -> None:
        """Take a page of the hub at *url*, where *go* leads."""
        for theme, window in _frames():
            with self._person(url, color_scheme=theme, viewport=window) as person:
                person.become(visitor)
                self._take(go(person), file_name(name, theme, window["width"]))

    @contextmanager
    def _person(self, url: str, **options: Any) -> Iterator[Person]:
        person = Person(self._browser, url, **FRAME, **options)
        yield person
        person.close()

    def _take(self, page: Page, name: str) -> None:
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(SETTLED)
        png = base64.b64encode(page.screenshot(full_page=True, animations="disabled", caret="hide"))
        webp: str = self._darkroom.evaluate(_SMALLER, [png.decode(), QUALITY])
        self._folder.joinpath(name).write_bytes(base64.b64decode(webp))


def _frames() -> Iterator[tuple[Any, Any]]:
    return ((theme, window) for theme in THEMES for window in WINDOWS)
