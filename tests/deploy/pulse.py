"""Watches a websocket: a question every 100 ms through the doors of the hub, and no end in between.

The questions are ``kernel_info_request``s on the channel of a user's kernel, as JupyterLab holds it
open; their way is nginx, the proxy, the server on its node, and back.
"""

import asyncio
import json
import threading
import time
from types import TracebackType
from typing import Any
from uuid import uuid4

from tornado.websocket import WebSocketClientConnection

from tests.support.kernels import Kernel

_EVERY = 0.1


class Pulse:
    """``with Pulse(kernel) as pulse:`` runs it in a thread of its own; then look at the rest."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._sent: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._beating = threading.Event()
        self.answered = 0
        self.slowest = 0.0  # seconds
        self.cut = False

    def __enter__(self) -> "Pulse":
        self._thread.start()
        assert self._beating.wait(60), "the kernel's websocket never answered"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(60)

    async def _run(self) -> None:
        socket = await self._kernel.connect()
        listening = asyncio.create_task(self._listen(socket))
        while not self._stop.is_set() and not listening.done():
            message = _question()
            self._sent[message["header"]["msg_id"]] = time.monotonic()
            await socket.write_message(json.dumps(message))
            await asyncio.sleep(_EVERY)
        self.cut = listening.done()
        socket.close()
        await listening

    async def _listen(self, socket: WebSocketClientConnection) -> None:
        """Take answers until the socket is closed, by us or by somebody else."""
        while (text := await socket.read_message()) is not None:
            reply = json.loads(text)
            asked = self._sent.pop(reply.get("parent_header", {}).get("msg_id", ""), None)
            if asked is not None and reply["msg_type"] == "kernel_info_reply":
                self.answered += 1
                self.slowest = max(self.slowest, time.monotonic() - asked)
                self._beating.set()
            elif asked is not None:  # the kernel's "busy" comes before its reply
                self._sent[reply["parent_header"]["msg_id"]] = asked


def _question() -> dict[str, Any]:
    header = {
        "msg_id": uuid4().hex,
        "msg_type": "kernel_info_request",
        "session": uuid4().hex,
        "username": "",
        "version": "5.3",
    }
    return {
        "header": header, "parent_header": {}, "metadata": {}, "content": {}, "channel": "shell",
        "buffers": [],
    }  # fmt: skip
