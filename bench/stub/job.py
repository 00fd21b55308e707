#!/usr/bin/python3 -IS
"""Run by a job in the place of a single-user server: tell the hub a port, then sleep.

With the path of a spawn file it does as berth-singleuser does, else as batchspawner-singleuser.
Raw sockets: to import more would cost more than all else that a start costs.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path

PORT = 0


def where() -> tuple[str, str]:
    """Return the URL of the report and the token that goes with it."""
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        spawn = json.loads(Path(sys.argv[1]).read_text())
        return spawn["report_url"], spawn["env"]["JUPYTERHUB_API_TOKEN"]
    return os.environ["JUPYTERHUB_API_URL"] + "/batchspawner", os.environ["JUPYTERHUB_API_TOKEN"]


def report(url: str, token: str) -> int:
    """Return the status of the hub's answer."""
    address, _, path = url.removeprefix("http://").partition("/")
    host, _, port = address.partition(":")
    body = json.dumps({"port": PORT})
    with socket.create_connection((host, int(port)), 60) as connection:
        connection.sendall(
            f"POST /{path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: token {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        return int(connection.makefile("rb").readline().split()[1])


def main() -> None:
    """Report until the hub answers, then be a process that does nothing."""
    url, token = where()
    while True:
        try:
            status = report(url, token)
        except (OSError, IndexError) as error:
            sys.stderr.write(f"the hub does not answer yet: {error}\n")
            time.sleep(1)
            continue
        if status >= 400:
            sys.exit(f"the hub does not want this job: {status}")
        os.execv("/bin/sleep", ["sleep", "infinity"])  # noqa: S606 - no shell is wanted


main()
