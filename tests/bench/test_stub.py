"""The stub reports its port as the launcher of either hub does, and stays."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench import stub
from tests.support.hubs import until

JOB = Path(stub.__file__).with_name("job.py")
Reports = list[tuple[str, str, bytes]]


class Hub(HTTPServer):
    """Takes reports; ``status`` is what it answers."""

    status = 204

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.reports: Reports = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hub/api"


class Taker(BaseHTTPRequestHandler):
    """Keeps path, authorization and body of a POST."""

    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.append((self.path, self.headers["Authorization"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "stub"
    path.write_text(stub.program(12345))
    return path


def stays(argv: list[str], env: dict[str, str], hub: Hub) -> None:
    """Run a stub until it has become a process that sleeps."""
    process = subprocess.Popen([sys.executable, "-IS", *argv], env=env)
    try:
        name = Path(f"/proc/{process.pid}/comm")
        until(lambda: name.read_text() == "sleep\n", "the stub asleep", 30)
    finally:
        process.kill()
        process.wait()


def test_it_reports_as_berth_singleuser_does(hub: Hub, program: Path, tmp_path: Path) -> None:
    spawn = {"env": {"JUPYTERHUB_API_TOKEN": "abc"}, "report_url": f"{hub.url}/berth/ready"}
    file = tmp_path / "spawn.json"
    file.write_text(json.dumps(spawn))
    stays([str(program), str(file)], {}, hub)
    assert hub.reports == [("/hub/api/berth/ready", "token abc", b'{"port": 12345}')]


def test_it_reports_as_batchspawner_singleuser_does(hub: Hub, program: Path) -> None:
    env = {"JUPYTERHUB_API_TOKEN": "abc", "JUPYTERHUB_API_URL": hub.url}
    stays([str(program), "jupyterhub-singleuser", "--x"], env, hub)
    assert hub.reports == [("/hub/api/batchspawner", "token abc", b'{"port": 12345}')]


def test_it_ends_when_the_hub_does_not_want_it(hub: Hub, program: Path) -> None:
    hub.status = 410
    env = {"JUPYTERHUB_API_TOKEN": "abc", "JUPYTERHUB_API_URL": hub.url}
    done = subprocess.run(
        [sys.executable, "-IS", str(program), "jupyterhub-singleuser"],
        env=env, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 1
    assert "410" in done.stderr
