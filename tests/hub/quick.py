#!/usr/bin/python3 -I
"""Stands in for berth-singleuser where only its job and its port matter: it is there at once.

Like the real one it listens first, then reports until the hub takes the report, and ends when the
hub does not want it. It answers every GET with its process id, and 404 to what would be a kernel.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Answer(BaseHTTPRequestHandler):
    """200 to every GET, and the process id."""

    def do_GET(self) -> None:
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def report(url: str, token: str, port: int) -> None:
    """Report until it is taken; end the job if it is refused."""
    headers = {"Authorization": f"token {token}"}
    body = json.dumps({"port": port}).encode()
    while True:
        try:
            urlopen(Request(url, body, headers, method="POST"), timeout=10).close()  # noqa: S310
        except HTTPError as error:
            if 400 <= error.code < 500:
                os._exit(3)
        except OSError:
            pass
        else:
            return
        time.sleep(0.3)


spawn = json.loads(Path(sys.argv[1]).read_text())
server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
known = (spawn["report_url"], spawn["env"]["JUPYTERHUB_API_TOKEN"], server.server_port)
Thread(target=report, args=known, daemon=True).start()
server.serve_forever()
