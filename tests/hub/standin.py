#!/usr/bin/python3 -I
"""Stands in for berth-singleuser: what the real one does too fast to look at, or not on cue.

The server's name says what it does: ``crash`` reports its port and ends at the first request,
``hang`` reports and answers none. Any other listens, writes its port beside the spawn file,
answers 200 and leaves the report to the test.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import Request, urlopen


class Answer(BaseHTTPRequestHandler):
    """200 to every GET."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def report(url: str, token: str, port: int) -> None:
    headers = {"Authorization": f"token {token}"}
    request = Request(url, json.dumps({"port": port}).encode(), headers, method="POST")  # noqa: S310
    urlopen(request, timeout=60).close()  # noqa: S310 - the hub under test


spawn_file = Path(sys.argv[1])
spawn = json.loads(spawn_file.read_text())
server = HTTPServer(("127.0.0.1", 0), Answer)
name = spawn["env"]["JUPYTERHUB_SERVER_NAME"]
if name in ("crash", "hang"):
    report(spawn["report_url"], spawn["env"]["JUPYTERHUB_API_TOKEN"], server.server_port)
    connections = [server.get_request()]
    while name == "hang":
        connections.append(server.get_request())
    sys.exit(5)
spawn_file.with_suffix(".port").write_text(str(server.server_port))
server.serve_forever()
