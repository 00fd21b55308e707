"""A person at a browser: Chromium on the pages of a running hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    WebError,
    expect,
    sync_playwright,
)  # fmt: skip

from tests.support.hubs import PATIENCE, Visitor

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 375, "height": 800}
THEMES = ("light", "dark")


@contextmanager
def running(program: Path) -> Iterator[Browser]:
    """Run the browser, as patient as everything else.

    No ``asyncio.run`` meanwhile: playwright has a loop in this thread.
    """
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            # Chromium refuses to run as root with its sandbox; /dev/shm is small in containers.
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()


# Not for the whole session: while playwright runs, other tests' asyncio.run would fail.
@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium."""
    with running(chromium) as browser:
        yield browser


class Person:
    """One browser profile with one window; ``complaints`` is what the browser said of our pages."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context = browser.new_context(**{"viewport": DESKTOP, **options})
        self.context.set_default_timeout(PATIENCE * 1000)
        self.complaints: list[str] = []
        self.context.on("console", self._hear)
        self.context.on("weberror", self._note)
        self.page = self.context.new_page()

    def visit(self, path: str) -> Page:
        """Open a page of the hub."""
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, name: str, password: str) -> None:
        """Fill in and send the login form that is on the screen."""
        self.page.get_by_label("Username:").fill(name)
        self.page.get_by_label("Password:", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def become(self, visitor: Visitor) -> None:
        """Take over the session of somebody who has logged in already."""
        self.context.add_cookies(
            [
                {
                    "name": cookie.name,
                    "value": cookie.value or "",
                    "url": f"{self.url}{cookie.path}",
                }
                for cookie in visitor.session.cookies
            ]
        )

    def start(self, form: str) -> Response:
        """Press Start in the form of this id; return what the hub answered to the POST."""
        button = self.page.locator(form).get_by_role("button", name="Start")
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as info:
            button.click()
        return info.value

    def too_wide(self) -> int:
        """Return by how many pixels the page is wider than its window: 0 is right."""
        width: int = self.page.evaluate(
            "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth"
        )
        return max(0, width)

    def close(self) -> None:
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        # The answer to a refused form is a page with status 400, which Chromium reports, too.
        refused = message.text.startswith("Failed to load resource") and (
            message.page is not None and message.location["url"] == message.page.url
        )
        if message.type == "error" and self._ours(message.page) and not refused:
            self.complaints.append(f"{message.location['url']}: {message.text}")

    def _note(self, error: WebError) -> None:
        if self._ours(error.page):
            self.complaints.append(str(error.error))

    def _ours(self, page: Page | None) -> bool:
        ours = (f"{self.url}/hub/", f"{self.url}/services/")
        return page is not None and page.url.startswith(ours)
