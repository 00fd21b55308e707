"""A page under watch: what runs in it that is not ours, what it asks for elsewhere, what it holds.

Drawn pages come without the policy of our pages, so that what stands in them cannot be stopped by
anything but by being no more than text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, Route

from tests.pages.site import HUB, Site
from tests.support.hubs import PATIENCE

_POKE = """() => {
    const kinds = ["mouseover", "pointerenter", "focus", "focusin", "toggle", "animationstart",
                   "error", "load", "begin"];
    for (const element of document.querySelectorAll("main *, section *, article *, table *"))
        for (const kind of kinds) element.dispatchEvent(new Event(kind));
}"""

# What may be in a page of ours: no handler in an attribute, no address that runs something.
_FOUND = r"""() => {
    const bad = [];
    for (const element of document.querySelectorAll("*"))
        for (const {name, value} of element.attributes) {
            const runs = name.startsWith("on") || name === "srcdoc";
            const leads = /^\W*(javascript|vbscript|data:text|data:image\/svg)/i.test(value)
                && ["href", "src", "action", "formaction", "xlink:href", "data"].includes(name)
                && !value.startsWith("data:image/svg+xml,%3csvg");
            if (runs || leads) bad.push(element.outerHTML.slice(0, 200));
        }
    return bad;
}"""


class _Open(Site):
    """The stand-in of the hub, whose pages have no policy."""

    def _page(self, route: Route) -> None:
        route.fulfill(body=self.html, content_type="text/html; charset=utf-8")


class Watch:
    """One window, and all that ran in it or was asked by it."""

    def __init__(self, browser: Browser) -> None:
        self.site = _Open()
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.ran: list[str] = []
        self.page.on("dialog", self._answer)
        self.page.route("**/*", self.site)

    def _answer(self, dialog: Any) -> None:
        self.ran.append(dialog.message)
        dialog.dismiss()

    def look(self, html: str) -> Page:
        """Open a drawn page, touch all that is in it, and note what came of it."""
        self.site.html = html
        self.page.goto(f"{HUB}/hub/page")
        touch(self.page)
        self.ran += executed(self.page)
        return self.page


def touch(page: Page) -> None:
    """Do to every element what visitors do with mouse and keyboard, but for clicking."""
    page.evaluate(_POKE)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def executed(page: Page) -> list[str]:
    """Return what ran, and what would if it was clicked."""
    ran = ["window.hit"] if page.evaluate("window.hit !== undefined") else []
    return ran + list(page.evaluate(_FOUND))


@contextmanager
def watching(browser: Browser) -> Iterator[Watch]:
    """Watch, and at the end find that nothing ran and that nothing was asked for elsewhere."""
    watch = Watch(browser)
    yield watch
    watch.context.close()
    assert watch.ran == []
    assert watch.site.strangers == []
