"""A browser in front of drawn pages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

from tests.pages.site import HUB, Site
from tests.support.hubs import PATIENCE

Visit = Callable[..., Page]


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """visit(html, path=…, script=…, width=…, …) -> the page, loaded.

    An error in any script, a script that the policy forbids, a dialog or a request elsewhere fails
    the test. More arguments go to the browser: color_scheme, locale, reduced_motion.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # An answer that is no 2xx is reported, too, and is what some tests are about.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def answer(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    def go(
        html: str, path: str = "/hub/page", *, script: bool = True, width: int = 1280, **more: Any
    ) -> Page:
        window: dict[str, Any] = {"viewport": {"width": width, "height": 800}}
        context = browser.new_context(**window | {"java_script_enabled": script} | more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.on("dialog", answer)
        page.route("**/*", site)
        site.html = html
        page.goto(HUB + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []
    assert site.strangers == []
