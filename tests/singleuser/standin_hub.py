"""Stands in for the hub: the few URLs that the launcher and the single-user server ask in a job.

A real hub would not answer 503 twice and then 200 on request, nor hang up; that is what this is
for. What the real hub does with a report is tested with the real hub.
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

HANG_UP = 0
"""In `StandInHub.answers`: close the connection without an answer."""


class Report(NamedTuple):
    """One POST as it came in."""

    path: str
    authorization: str | None
    body: bytes


class StandInHub(ThreadingHTTPServer):
    """A hub at 127.0.0.1 whose port is taken from the start and refuses until `open`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.server_bind()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.report_url = f"{self.url}/hub/api/berth/ready"
        self.answers: list[int] = []
        self.about_the_job: Any = None
        self.reports: list[Report] = []
        self.asked: list[str] = []
        self.job_asked_with: list[str | None] = []
        self.reported = threading.Event()
        self.on_report: Callable[[], None] = lambda: None
        self.failures: list[BaseException] = []

    def open(self) -> None:
        """Begin to accept connections."""
        self.server_activate()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, report: Report) -> int:
        """Record a report and choose its answer."""
        self.reports.append(report)
        try:
            self.on_report()
        except BaseException as error:  # shown by the fixture: a thread's error fails no test
            self.failures.append(error)
        self.reported.set()
        return self.answers.pop(0) if self.answers else 200


class Handler(BaseHTTPRequestHandler):
    """GET /hub/api and /hub/api/user for the server; POST for the report and for activity."""

    server: StandInHub

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.path}")
        if self.path == "/hub/api":
            self.answer(200, {"version": "6.1.1"})
        elif self.path == "/hub/api/user":
            self.answer(200, {"kind": "user", "name": "alice", "scopes": ["access:servers"]})
        elif self.path == "/hub/api/berth/server" and self.server.about_the_job is not None:
            self.server.job_asked_with.append(self.headers["Authorization"])
            self.answer(200, self.server.about_the_job)
        else:
            self.answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(f"POST {self.path}")
        if self.path.endswith("/activity"):
            self.answer(200, {})
            return
        status = self.server.take(Report(self.path, self.headers["Authorization"], body))
        if status == HANG_UP:
            self.close_connection = True
        else:
            self.answer(status, {})

    def answer(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: pytest shows what matters."""
