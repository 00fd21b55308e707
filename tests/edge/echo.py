#!/usr/bin/python3 -I
"""A service beside the hub: answers who asked, echoes websockets, streams, and tells of its hub.

It has what a unit gives it: a port in JUPYTERHUB_SERVICE_URL and a token in JUPYTERHUB_API_TOKEN.
"""

import asyncio
import json
import os
import urllib.request
from urllib.parse import urlsplit

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

GO_ON = asyncio.Event()


class Headers(RequestHandler):
    """The request's headers, as they arrived here."""

    def get(self) -> None:
        self.write(dict(self.request.headers.get_all()))


class Hub(RequestHandler):
    """What the hub answers to this service's token."""

    def get(self) -> None:
        url = f"{os.environ['JUPYTERHUB_API_URL']}/{self.get_argument('path')}"
        token = os.environ["JUPYTERHUB_API_TOKEN"]
        headers = {"Authorization": f"token {token}"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the hub under test
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                self.write(json.dumps({"status": answer.status, "body": answer.read().decode()}))
        except urllib.error.HTTPError as error:
            self.write(json.dumps({"status": error.code}))


class Stream(RequestHandler):
    """One line at once, the other when it is told to go on."""

    async def get(self) -> None:
        GO_ON.clear()
        self.set_header("Content-Type", "text/event-stream")
        self.write("data: first\n\n")
        await self.flush()
        await GO_ON.wait()
        self.write("data: second\n\n")

    def post(self) -> None:
        GO_ON.set()


class Echo(WebSocketHandler):
    def check_origin(self, origin: str) -> bool:
        return True

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)


async def main() -> None:
    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    routes = {"headers": Headers, "hub": Hub, "stream": Stream, "echo": Echo}
    app = Application([(f"{prefix}{name}", handler) for name, handler in routes.items()])
    app.listen(urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"]).port or 0, "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())
