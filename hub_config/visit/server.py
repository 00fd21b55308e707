"""One server of a person at a hub: started by the form, used, and in any case ended again."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp

from hub_config.cluster.words import QUEUED, REPORTED
from hub_config.ops.failure import Failed
from hub_config.visit.client import Hub
from hub_config.visit.form import SpawnForm

STOP_SECONDS, CELL_SECONDS = 120.0, 120.0
TOKEN_SECONDS = 900
"""Life of the token that opens one server, were it not revoked before."""


class StillQueued(Failed):
    """The job has not begun in the time it was given."""


class NotReported(Failed):
    """The job runs, and its server has not told the hub that it listens."""


class NotReached(Failed):
    """The server listens, and the hub has had no answer from it."""


class Server:
    """A named server that has been started. ``begun`` and ``ready``: seconds after the start."""

    def __init__(self, hub: Hub, name: str) -> None:
        self._hub, self.name = hub, name
        self._path = f"users/{hub.user}/servers/{name}"
        self._token, self._token_id, self._url = "", "", ""
        self._started = time.monotonic()
        self.begun = self.ready = 0.0

    async def wait(self, queue_limit: float, start_limit: float) -> None:
        """Return when it is ready. Raises StillQueued, or Failed with the hub's words."""
        said, progress = "the hub said nothing", 0
        try:
            async with asyncio.timeout(queue_limit) as limit, aclosing(self._events()) as events:
                async for event in events:
                    said, progress = str(event.get("message", "")), int(event.get("progress", 0))
                    if event.get("failed"):
                        raise Failed(said)
                    if not self.begun and progress > QUEUED:
                        self.begun = self._age()
                        limit.reschedule(asyncio.get_running_loop().time() + start_limit)
                    if event.get("ready"):
                        self._url, self.ready = str(event["url"]), self._age()
                        return
        except TimeoutError as error:
            running = NotReached if progress >= REPORTED else NotReported
            kind = running if self.begun else StillQueued
            raise kind(f"not ready after {self._age():.0f} s: {said}") from error

    async def execute(self, code: str) -> str:
        """Return what a cell prints, run in a kernel of its own."""
        token = await self._access()
        kernel = await self._call("POST", "api/kernels", token)
        path = f"{self._url}api/kernels/{kernel['id']}/channels"
        try:
            async with asyncio.timeout(CELL_SECONDS), self._hub.socket(path, token) as socket:
                return await _converse(socket, code)
        except (aiohttp.ClientError, TimeoutError) as error:
            said = str(error) or f"nothing came back in {CELL_SECONDS:g} s"
            raise Failed(
                f"the kernel's websocket failed: {said} — does every proxy on the way to the hub"
                " let websockets through?"
            ) from error

    async def end(self) -> None:
        """Stop the server and forget it; return when the hub says it is gone.

        A hub that is restarting just now is asked again.
        """
        deadline, trouble = time.monotonic() + STOP_SECONDS, "it is still there"
        while True:
            try:
                if await self._remove():
                    return
            except Failed as error:
                trouble = str(error)
            if time.monotonic() > deadline:
                raise Failed(f"server {self.name} is not gone: {trouble} — stop it by hand")
            await asyncio.sleep(1)

    async def _remove(self) -> bool:
        if self._token_id:
            await self._hub.api("DELETE", f"users/{self._hub.user}/tokens/{self._token_id}")
        status, _ = await self._hub.api("DELETE", self._path, {"remove": True})
        return status == 404 or (status == 204 and not await self._is_there())

    async def _is_there(self) -> bool:
        _, model = await self._hub.api("GET", f"users/{self._hub.user}?include_stopped_servers=1")
        return self.name in (model or {}).get("servers", {})

    async def _events(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what the waiting page shows; proxies may cut the stream, so it is asked again."""
        while True:
            try:
                async with self._hub.events(f"{self._path}/progress") as response:
                    if response.status != 200:
                        seen = f"the hub answered {response.status} when asked about the start"
                        raise Failed(f"{seen} — it has been restarted, or forgot the server")
                    async for line in response.content:
                        if line.startswith(b"data:"):
                            yield json.loads(line[5:])
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(1)

    async def _access(self) -> str:
        """Return a token that opens this server and nothing else."""
        if not self._token:
            wanted = {
                "note": f"berth: {self.name}",
                "expires_in": TOKEN_SECONDS,
                "scopes": [f"access:servers!server={self._hub.user}/{self.name}"],
            }
            status, model = await self._hub.api("POST", f"users/{self._hub.user}/tokens", wanted)
            if status not in (200, 201):
                raise Failed(f"the hub gave no token for the server (it answered {status})")
            self._token, self._token_id = model["token"], model["id"]
        return self._token

    async def _call(self, method: str, path: str, token: str) -> Any:
        headers = {"Authorization": f"token {token}"}
        url = f"{self._url}{path}"
        status, text, _ = await self._hub.ask(method, url, json={}, headers=headers)
        if status not in (200, 201):
            raise Failed(f"{path} of the server answered {status}: {text[:200]}")
        return json.loads(text)

    def _age(self) -> float:
        return time.monotonic() - self._started


@asynccontextmanager
async def started(
    hub: Hub, form: SpawnForm, name: str, answers: Mapping[str, str]
) -> AsyncIterator[Server]:
    """Start a server by the form. However the block ends, the server is gone after it."""
    server = Server(hub, name)
    try:
        await hub.submit(form, answers)
        yield server
    finally:
        await _to_the_end(server.end)


async def _to_the_end(end: Callable[[], Any]) -> None:
    """Finish *end* though this task is cancelled meanwhile: Ctrl-C leaves no job behind."""
    task = asyncio.ensure_future(end())
    cancelled = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled:
        raise cancelled


async def _converse(socket: aiohttp.ClientWebSocketResponse, code: str) -> str:
    """Return what the kernel prints for *code*. Raises Failed with the cell's own error."""
    message = _execute_request(code)
    await socket.send_json(message)
    printed = ""
    async for frame in socket:
        reply = json.loads(frame.data) if frame.type is aiohttp.WSMsgType.TEXT else {}
        if reply.get("parent_header", {}).get("msg_id") != message["header"]["msg_id"]:
            continue
        kind, content = reply["msg_type"], reply["content"]
        if kind == "stream" and content["name"] == "stdout":
            printed += content["text"]
        elif kind == "error":
            raise Failed(f"the cell ended with {content['ename']}: {content['evalue']}")
        elif kind == "status" and content["execution_state"] == "idle":
            return printed
    raise Failed("the kernel's websocket was closed before the cell had ended")


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
