"""The real process of the service, beside what stands in for its hub.

A stand-in, because it tells thousands of events at once, is away, refuses, and talks nonsense.
"""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from sqlalchemy import make_url

from hub_config.load import load_site
from hub_config.model.told import tell
from hub_config.model.usage import Usage
from services.usage.store import Store
from tests.support.hubs import PATIENCE, ROOT, free_ports, until

OWN = "token-of-the-service"
FOREVER = "36500d"
"""For as long names are kept, so that stories may be of any time."""

ACCESS = "access:services!service=usage"


def _user(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "user", "name": name, "groups": [], "scopes": [ACCESS], **more}


PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "token-of-ann": _user("ann", admin=True),
    "token-of-cat": _user("cat", admin=False),
    "token-of-reports": _user("reports", kind="service", admin=True),
}


class StandIn:
    """A hub that tells ``events``, knows PEOPLE, and answers with ``status``."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.status = 200
        self.answer: Any = None
        self.asked: list[tuple[int, int]] = []
        """(after, limit) of each question for events."""
        self.port = free_ports(1)[0]
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hub/api"

    def start(self) -> None:
        """Answer, at the same address each time."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, answer = hub.told(self.path, self.headers.get("Authorization", ""))
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be away."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def after(self, last: int, limit: int) -> list[dict[str, Any]]:
        """Return the events that follow *last*."""
        return [event for event in self.events if event["id"] > last][:limit]

    def told(self, path: str, authorization: str) -> tuple[int, Any]:
        """Return status and answer to a question."""
        where, token = urlsplit(path), authorization.removeprefix("token ")
        if where.path == "/hub/api/user":
            known = PEOPLE.get(token)
            return (200, known) if known else (403, {"message": "no"})
        if where.path != "/hub/api/berth/events" or token != OWN:
            return 404, {}
        query = parse_qs(where.query)
        after, limit = int(query["after"][0]), int(query["limit"][0])
        self.asked.append((after, limit))
        if self.status != 200 or self.answer is not None:
            return self.status, self.answer
        found = self.after(after, limit)
        return 200, {"events": found, "last": found[-1]["id"] if found else after}


class Process:
    """The process of the service, in a folder of its own."""

    def __init__(self, folder: Path, hub: StandIn, usage: Usage) -> None:
        self.folder, self.hub, self.port = folder, hub, free_ports(1)[0]
        site = ROOT / "examples" / "local" / "site.yml"
        told = tell(load_site(site), site.parent).model_copy(update={"usage": usage})
        folder.joinpath("told.json").write_text(told.model_dump_json())
        self.url = f"http://127.0.0.1:{self.port}/services/usage/"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; return when it answers."""
        self.launch()
        until(self._answers, "the first answer of the service")

    def launch(self) -> None:
        """Start it."""
        env = {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": str(ROOT),
            "BERTH_TOLD": str(self.folder / "told.json"), "BERTH_STATE": str(self.folder),
            "JUPYTERHUB_API_URL": self.hub.url, "JUPYTERHUB_API_TOKEN": OWN,
            "JUPYTERHUB_SERVICE_NAME": "usage", "JUPYTERHUB_SERVICE_URL": self._origin,
            "JUPYTERHUB_SERVICE_PREFIX": "/services/usage/", "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_CLIENT_ID": "service-usage", "JUPYTERHUB_HOST": "",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([ACCESS]),
        }  # fmt: skip
        with self.folder.joinpath("log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.usage"],
                env=env, cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        try:
            return requests.get(f"{self.url}nothing", timeout=30).status_code == 404
        except requests.ConnectionError:
            return False

    def log(self) -> str:
        return self.folder.joinpath("log").read_text()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; return its exit status."""
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        """Make sure that it has ended."""
        if self._process and self._process.poll() is None:
            self.end(signal.SIGKILL)

    def ask(self, path: str, who: str = "cat") -> requests.Response:
        """Ask it with the token of somebody."""
        headers = {"Authorization": f"token token-of-{who}"} if who else {}
        return requests.get(f"{self.url}{path}", headers=headers, timeout=60, allow_redirects=False)

    def summary(self, who: str = "cat", **span: str) -> dict[str, Any]:
        """Return the figures of a span."""
        answer = self.ask(f"api/v1/summary?{urlencode(span)}", who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @property
    def database(self) -> Path:
        return self.folder / "usage.db"

    def take(self, events: Sequence[dict[str, Any]], at: float) -> None:
        """Let it have taken events at that time, while it does not run."""
        store = Store(make_url(f"sqlite:///{self.database}"), UTC)
        store.take(events, len(events), at)
        store.close()

    def break_database(self) -> None:
        """Take its tables away, while it runs."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("DROP TABLE usage_counts")


@contextmanager
def beside(
    folder: Path, usage: Usage | None = None, hub: StandIn | None = None
) -> Iterator[Process]:
    """Yield a service beside a stand-in that answers; the service is not started."""
    hub = hub or StandIn()
    hub.start()
    service = Process(folder, hub, usage or Usage.model_validate({"keep": FOREVER}))
    try:
        yield service
    finally:
        service.close()
        hub.stop()
