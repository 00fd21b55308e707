"""A hub with Berth's three services, which it starts itself, and the people who use them."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, get_args

import requests

from hub_config.auth.passwords import hash_password
from hub_config.model.edge import App
from tests.hub.room import Room
from tests.support.hubs import Visitor, deep_merge, free_ports, until

APPS: tuple[str, ...] = get_args(App)
STRANGER = "reports"
"""A service that is none of ours, with a token of its own."""

PASSWORDS = {name: f"{name}-secret-word" for name in ("ann", "ben", "cat", "eve")}
"""Ann is an admin, eve announces to everybody, ben to group climate, which ann is in too; cat is
nobody in particular."""


class Served:
    """The room of one hub and what stands beside it, not started."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.ports = dict(zip(APPS, free_ports(len(APPS)), strict=True))
        self.tokens = {name: os.urandom(16).hex() for name in (*APPS, STRANGER)}
        self._visitors: dict[str, Visitor] = {}
        site = {"auth": _people(), "services": self._services(), "announcements": _EDITORS}
        self.room = Room(deep_merge(site, settings))
        self.hub = self.room.hub
        # As the unit of the proxy has it (ansible/roles/proxy).
        error = f"http://127.0.0.1:{self.hub.hub_port}/hub/error"
        self.hub.proxy_options = ["--error-target", error]
        self._give_tokens(self.room.folder / "credentials")

    def _services(self) -> dict[str, Any]:
        ours = {app: {"app": app, "start": True, "port": port} for app, port in self.ports.items()}
        return {**ours, STRANGER: {"scopes": ["list:users"]}}

    def _give_tokens(self, folder: Path) -> None:
        """Give the hub the services' tokens as systemd does."""
        folder.mkdir()
        for name, token in self.tokens.items():
            folder.joinpath(f"service-{name}").write_text(token)
        self.room.account.give(folder, *folder.iterdir())
        self.hub.env["CREDENTIALS_DIRECTORY"] = str(folder)

    def start(self) -> None:
        """Start the hub, and return when everything answers."""
        self.hub.start()
        for app in APPS:
            until(partial(self._answers, app), f"an answer of {app}")

    def _answers(self, app: str) -> bool:
        try:
            answer = requests.get(self.url(app), timeout=30, allow_redirects=False)
        except (requests.ConnectionError, requests.Timeout):
            return False
        return answer.status_code < 500

    def url(self, app: str, path: str = "") -> str:
        """Return the address of *path* below a service, as users type it."""
        return f"{self.hub.url}/services/{app}/{path}"

    def direct(self, app: str, path: str = "") -> str:
        """Return the address of *path* below a service, past the proxy."""
        return f"http://127.0.0.1:{self.ports[app]}/services/{app}/{path}"

    def ask(self, token: str, app: str, path: str = "", method: str = "GET", **options: Any
    ) -> requests.Response:  # fmt: skip
        """Ask a service with a token and no cookies."""
        headers = {"Authorization": f"token {token}"} if token else {}
        headers |= options.pop("headers", {})
        return requests.request(
            method, self.url(app, path), headers=headers, timeout=60,
            allow_redirects=False, **options,
        )  # fmt: skip

    def visitor(self, name: str) -> Visitor:
        """Return somebody who is logged in at the hub, and at a service once they have come."""
        if name not in self._visitors:
            self._visitors[name] = self.hub.visitor(name, PASSWORDS[name])
        return self._visitors[name]

    def close(self) -> None:
        """End all of it, and find that the hub has ended what it started."""
        for visitor in self._visitors.values():
            visitor.close()
        self.hub.stop()
        left = [app for app in APPS if self._listens(app)]
        self.room.close()
        assert left == []

    def _listens(self, app: str) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.ports[app])) == 0


_EDITORS = {"editors": {"users": ["eve"]}, "group_editors": {"climate": ["ben"]}}


def _people() -> dict[str, Any]:
    return {
        "passwords": {name: hash_password(word) for name, word in PASSWORDS.items()},
        "groups": {"climate": ["ann", "ben"], "ocean": ["cat"]},
    }


@contextmanager
def serving(settings: Mapping[str, Any]) -> Iterator[Served]:
    """Run a hub of these settings with its services, for a fixture."""
    served = Served(settings)
    try:
        served.start()
        yield served
    finally:
        served.close()
