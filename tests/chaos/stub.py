#!/usr/bin/python3 -I
"""Stands in for the single-user server, ours and stock's: hundreds of them, and bad on request.

Started as berth-singleuser (with a spawn file) or as batchspawner-singleuser (with nothing that
matters) it notes its server's name under its job's number in ``seen``, takes a port, tells the hub,
and answers 200 with the job's number. What it does badly is in ``modes/<server name>``: ``die``
before the report, ``late`` no report as long as it is so, ``eat`` memory.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent
HEAP = 256 << 20


class Answer(BaseHTTPRequestHandler):
    """200 to every GET, with the number of the job."""

    def do_GET(self) -> None:
        body = json.dumps({"job": os.environ["SLURM_JOB_ID"]}).encode()
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_ignored: object) -> None:
        """Say nothing: the log is for what the server says when it dies."""


class Server(ThreadingHTTPServer):
    """A server with room for everybody who waits while its process is stopped."""

    request_queue_size = 128
    daemon_threads = True


def listen() -> Server:
    """Take a port of the range that the scenarios can close."""
    low, high = map(int, (ROOT / "ports").read_text().split())
    first = int(os.environ["SLURM_JOB_ID"]) % (high - low)
    for offset in range(high - low):
        try:
            return Server(("127.0.0.1", low + (first + offset) % (high - low)), Answer)
        except OSError:
            continue
    raise SystemExit("no port is free")


def place() -> tuple[str, dict[str, str]]:
    """Return where to report to, and the hub's variables."""
    if sys.argv[1].endswith(".json"):
        spawn = json.loads(Path(sys.argv[1]).read_text())
        return spawn["report_url"], spawn["env"]
    return f"{os.environ['JUPYTERHUB_API_URL']}/batchspawner", dict(os.environ)


def report(url: str, token: str, port: int) -> None:
    """Tell the hub the port until it takes it, as berth-singleuser does; end on its no."""
    body = json.dumps({"port": port}).encode()
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    while True:
        try:
            urlopen(Request(url, body, headers, method="POST"), timeout=10).close()  # noqa: S310
        except HTTPError as error:
            if error.code < 500:
                raise SystemExit(3) from error
            time.sleep(0.5)
        except (URLError, OSError):
            time.sleep(0.5)
        else:
            return


def main() -> None:
    url, env = place()
    name = env.get("JUPYTERHUB_SERVER_NAME", "")
    modes = ROOT / "modes" / (name or "default")

    def mode() -> str:
        return modes.read_text().strip() if modes.exists() else ""

    (ROOT / "seen" / os.environ["SLURM_JOB_ID"]).write_text(name)
    if mode() == "die":
        (ROOT / "deaths" / name).touch()
        print("The server cannot start: its application is broken", flush=True)
        sys.exit(7)
    while mode() == "late":
        time.sleep(0.05)
    server = listen()
    report(url, env["JUPYTERHUB_API_TOKEN"], server.server_port)
    server.timeout = 0.5
    heap = b""
    while True:
        server.handle_request()
        if mode() == "eat" and not heap:
            heap = os.urandom(1) * HEAP


if __name__ == "__main__":
    main()
