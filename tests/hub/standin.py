#!/usr/bin/python3 -I
"""Stands in for berth-singleuser where a test wants the port report to itself.

It listens, writes the port beside the spawn file and answers any request with 200; it never
reports. The real launcher reports within a second, too soon to be asked anything before.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Answer(BaseHTTPRequestHandler):
    """200 to every GET."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


server = HTTPServer(("0.0.0.0", 0), Answer)  # noqa: S104 - as the real one does in a job
Path(sys.argv[1]).with_suffix(".port").write_text(str(server.server_port))
server.serve_forever()
