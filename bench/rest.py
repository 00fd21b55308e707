"""What both hubs are asked in the same way: JupyterHub's REST API, as an admin."""

import time
from abc import abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from tests.support.hubs import PATIENCE, Hub, until


class Rest(Hub):
    """A hub whose servers are started, stopped and looked at by its admin."""

    admin: str
    password: str
    answers: dict[str, Any]
    """What a start is asked with, if nothing else is said."""

    kind: str
    """"ours" or "stock"."""

    _token = ""

    def listen_at(self, first_port: int) -> None:
        """Use three ports in a row: nobody else takes them while the hub does not run."""
        self.proxy_port, self.api_port, self.hub_port = range(first_port, first_port + 3)
        self.url = f"http://127.0.0.1:{self.proxy_port}"

    def _answers(self) -> bool:
        """Look more often than a start of a second can be told from one of two."""
        for _ in range(100):
            self.check()
            with suppress(requests.RequestException):
                if requests.get(f"{self.direct}/hub/health", timeout=60).status_code == 200:
                    return True
            time.sleep(0.01)
        return False

    def check(self) -> None:
        """Raise AssertionError unless the hub runs: somebody else may be answering."""
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"the hub has ended by itself:\n{self.log()[-2000:]}")

    @abstractmethod
    def password_of(self, user: str) -> str:
        """Return the password with which *user* can log in."""

    @abstractmethod
    def calls_made(self) -> int:
        """Return how many times a command of the scheduler was run, ever."""

    @abstractmethod
    def use(self, stub: Path | None) -> None:
        """Run *stub* in jobs submitted from the next start of the hub on; None: the server."""

    def open(self) -> None:
        """Start the hub and all it needs."""
        self.start()

    def down(self) -> None:
        """End the hub and all that was started for it."""
        self.close()

    def pids(self) -> list[int]:
        """Return the processes whose CPU time is the hub's doing; their children count too."""
        return [self.process.pid] if self.process else []

    def token(self) -> str:
        """Return an API token of the admin, who logs in for it the first time."""
        if not self._token:
            visitor = self.visitor(self.admin, self.password)
            self._token = visitor.token()
            visitor.close()
        return self._token

    @property
    def direct(self) -> str:
        """The hub's own address, past the proxy."""
        return f"http://127.0.0.1:{self.hub_port}"

    def api(self, method: str, path: str, body: Any = None, timeout: float = 60) -> Any:
        """Call the REST API as the admin; the response, whatever its status."""
        headers = {
            "Authorization": f"token {self.token()}",
            "Accept": "application/jupyterhub-pagination+json",
        }
        url = f"{self.direct}/hub/api{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=timeout)

    def add_users(self, names: list[str]) -> None:
        """Make the hub know these users; those it knows already stay."""
        for first in range(0, len(names), 100):  # the hub does nothing else meanwhile
            some = {"usernames": names[first : first + 100]}
            response = self.api("POST", "/users", some, timeout=300)
            if response.status_code not in (201, 409):
                response.raise_for_status()

    def start_server(self, user: str, name: str = "", **answers: Any) -> int:
        """Ask for a server and return the status: 201 it is ready, 202 it will be."""
        body = {"user_options": answers or self.answers}
        status: int = self.api("POST", _path(user, name), body, timeout=300).status_code
        return status

    def stop_server(self, user: str, name: str = "") -> int:
        """Ask for the end of a server and return the status: 204 it ended, 202 it will."""
        status: int = self.api("DELETE", _path(user, name), timeout=300).status_code
        return status

    def server(self, user: str, name: str = "") -> dict[str, Any] | None:
        """Return the hub's model of a server; None: the hub knows of none."""
        response = self.api("GET", f"/users/{user}")
        response.raise_for_status()
        model: dict[str, Any] | None = response.json()["servers"].get(name)
        return model

    def states(self, users: list[str]) -> dict[str, str]:
        """Return user -> "ready", "spawn", "stop", "check" (pending) or "stopped"."""
        return {user: _state(self.server(user)) for user in users}

    def ready(self) -> int:
        """Return how many users have a server that is ready."""
        total, path = 0, "/users?state=ready&limit=200&offset=0"
        while path:
            page = self.api("GET", path, timeout=120).json()
            total += len(page["items"])
            after = page["_pagination"]["next"]
            path = f"/users?state=ready&limit=200&offset={after['offset']}" if after else ""
        return total

    def wait_ready(self, user: str, name: str = "", patience: float = PATIENCE) -> dict[str, Any]:
        """Return the server's model once it is ready; fail when the start fails or hangs."""

        def ready() -> dict[str, Any] | None:
            model = self.server(user, name)
            if model is None:
                raise AssertionError(f"the start of {user}'s server failed: {self.log()[-2000:]}")
            return model if model["ready"] else None

        model: dict[str, Any] = until(ready, f"{user}'s server ready", patience)
        return model

    def follow(self, user: str) -> None:
        """Return when the waiting page of *user*'s start learns that the server is ready."""
        until(lambda: self._follow(user), f"{user}'s server ready")

    def _follow(self, user: str) -> bool:
        """Read the progress of a start, as the page does; it costs the hub less than asking."""
        url = f"{self.direct}/hub/api/users/{user}/server/progress"
        headers = {"Authorization": f"token {self.token()}", "Accept": "text/event-stream"}
        with requests.get(url, headers=headers, stream=True, timeout=PATIENCE) as response:
            lines = response.iter_lines(chunk_size=1) if response.ok else ()
            for line in lines:
                if b'"failed": true' in line:
                    raise AssertionError(f"the start of {user}'s server failed: {line.decode()}")
                if b'"ready": true' in line:
                    return True
        return False

    def wait_stopped(self, user: str, name: str = "") -> None:
        """Return once the hub knows of no such server."""
        until(lambda: self.server(user, name) is None, f"{user}'s server stopped")


def _path(user: str, name: str) -> str:
    return f"/users/{user}/servers/{name}" if name else f"/users/{user}/server"


def _state(model: dict[str, Any] | None) -> str:
    if not model:
        return "stopped"
    return "ready" if model["ready"] else str(model["pending"] or "stopped")
