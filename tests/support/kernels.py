"""Run cells on a single-user server, through the proxy, as a browser would."""

import asyncio
import json
import ssl
from typing import Any
from uuid import uuid4

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.support.hubs import Visitor

CELL_SECONDS = 120


class Kernel:
    """A kernel on a visitor's server. ``execute`` returns what a cell printed or its value."""

    def __init__(self, visitor: Visitor, server: str = "", kernel_id: str = "") -> None:
        self.visitor = visitor
        tail = f"{server}/" if server else ""
        self.base = f"/user/{visitor.name}/{tail}"
        self.headers = {"Authorization": f"token {visitor.token()}"}
        self.id = kernel_id or self._start()

    def _start(self) -> str:
        url = f"{self.visitor.url}{self.base}api/kernels"
        response = requests.post(url, headers=self.headers, json={}, timeout=120)
        assert response.status_code == 201, response.text
        kernel_id: str = response.json()["id"]
        return kernel_id

    def execute(self, code: str) -> str:
        """Return the text the cell put out; raises AssertionError with a cell's traceback."""
        return asyncio.run(asyncio.wait_for(self._execute(code), CELL_SECONDS))

    async def _execute(self, code: str) -> str:
        socket = await self.connect()
        try:
            return await _converse(socket, _execute_request(code))
        finally:
            socket.close()
            while await socket.read_message() is not None:
                pass

    async def connect(self) -> WebSocketClientConnection:
        """Return a new websocket to the kernel's channels."""
        url = f"{self.visitor.url}{self.base}api/kernels/{self.id}/channels"
        # tornado's own context is made when it is imported; this one knows $SSL_CERT_FILE of now.
        trusted = ssl.create_default_context() if url.startswith("https:") else None
        request = HTTPRequest(
            url.replace("http", "ws", 1), headers=self.headers, ssl_options=trusted
        )
        return await websocket_connect(request)


async def _converse(socket: WebSocketClientConnection, message: dict[str, Any]) -> str:
    await socket.write_message(json.dumps(message))
    text = ""
    while True:
        reply = json.loads(await socket.read_message() or "{}")
        if reply.get("parent_header", {}).get("msg_id") != message["header"]["msg_id"]:
            continue
        kind, content = reply["msg_type"], reply["content"]
        if kind == "stream":
            text += content["text"]
        elif kind == "execute_result":
            text += content["data"]["text/plain"]
        elif kind == "error":
            raise AssertionError("\n".join(content["traceback"]))
        elif kind == "status" and content["execution_state"] == "idle":
            return text


def _execute_request(code: str) -> dict[str, Any]:
    header = {
        "msg_id": uuid4().hex,
        "msg_type": "execute_request",
        "session": uuid4().hex,
        "username": "",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    return {
        "header": header, "parent_header": {}, "metadata": {}, "content": content,
        "channel": "shell", "buffers": [],
    }  # fmt: skip
