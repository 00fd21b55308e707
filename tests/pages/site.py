"""Stands where a hub would, for a browser: one drawn page, its files, and what a test adds.

Pages come with the policy of the hub (hub_config/policy.py), so that a script that a hub's
page would not run is not run here.
"""

import json
import mimetypes
from urllib.parse import urlsplit

from playwright.sync_api import Route

from hub_config.policy import rules
from tests.pages.drawing import SHARE, TEMPLATES

HUB = "http://hub.test"
_NUMBER = "drawn"
POLICY = "; ".join(rules(_NUMBER))


class Site:
    """What the browser is answered, and what it asked."""

    def __init__(self) -> None:
        self.html = ""
        self.answers: dict[str, tuple[int, str]] = {}
        """Status and JSON by path."""
        self.requests: list[tuple[str, str, str]] = []
        """What changes something: method, path and body."""
        self.headers: list[dict[str, str]] = []
        self.strangers: list[str] = []
        """Addresses elsewhere that a page asked for."""
        self.loaded: dict[str, int] = {}
        """Sizes in bytes of the files that came, by path."""
        self.events: list[dict[str, object]] = [{"progress": 40, "message": "Job 7 is pending"}]

    def __call__(self, route: Route) -> None:
        request = route.request
        path = urlsplit(request.url).path
        if not request.url.startswith(f"{HUB}/"):
            self.strangers.append(request.url)
            route.abort()
            return
        if request.method in ("POST", "DELETE"):
            self.requests.append((request.method, path, request.post_data or ""))
            self.headers.append(request.headers)
        if path in self.answers:
            status, body = self.answers[path]
            route.fulfill(status=status, body=body, content_type="application/json")
        elif path.startswith(("/hub/static/", "/hub/berth/static/")):
            self._file(route, path)
        elif path.endswith("/progress"):
            body = "".join(f"data: {json.dumps(event)}\n\n" for event in self.events)
            route.fulfill(body=body, content_type="text/event-stream")
        elif path == "/hub/logo":
            route.fulfill(path=SHARE / "static/images/jupyterhub-80.png")
        else:
            self._page(route)

    def _file(self, route: Route, path: str) -> None:
        folder = TEMPLATES / "static" if "/berth/" in path else SHARE / "static"
        file = folder / path.split("/static/", 1)[1]
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self.loaded[path] = file.stat().st_size
        route.fulfill(path=file, content_type=kind)

    def _page(self, route: Route) -> None:
        numbered = self.html.replace('<script nonce=""', f'<script nonce="{_NUMBER}"')
        headers = {"Content-Security-Policy": POLICY}
        route.fulfill(body=numbered, content_type="text/html; charset=utf-8", headers=headers)
