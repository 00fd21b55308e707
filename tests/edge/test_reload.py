"""A new certificate is shown after a reload, and no open connection is cut."""

import asyncio
import signal
import ssl
from pathlib import Path

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.edge.front import HOST, Front
from tests.edge.site import Edge
from tests.support.hubs import until


async def test_three_websockets_outlive_a_new_certificate(edge: Edge) -> None:
    front = edge.front
    sockets = [await _socket(front, front.ca) for _ in range(3)]
    assert [await _echo(socket, "before") for socket in sockets] == ["before"] * 3
    old = await asyncio.to_thread(_serial, front)
    await asyncio.to_thread(_renew, front)
    assert front.process is not None
    front.process.send_signal(signal.SIGHUP)
    await asyncio.to_thread(until, lambda: _serial(front) != old, "the new certificate")
    assert [await _echo(socket, "after") for socket in sockets] == ["after"] * 3
    fresh = await _socket(front, front.ca)
    assert await _echo(fresh, "fresh") == "fresh"
    for socket in (*sockets, fresh):
        socket.close()
        assert await socket.read_message() is None


def _renew(front: Front) -> None:
    for name in ("site.crt", "site.key"):
        (front.folder / "ssl" / name).unlink()
    front.sign()


def _serial(front: Front) -> str:
    return ssl.get_server_certificate((HOST, front.port), ca_certs=str(front.ca), timeout=60)


async def _socket(front: Front, ca: Path) -> WebSocketClientConnection:
    url = f"wss://{HOST}:{front.port}/services/echo/echo"
    return await websocket_connect(HTTPRequest(url, ca_certs=str(ca)))


async def _echo(socket: WebSocketClientConnection, word: str) -> str | bytes | None:
    await socket.write_message(word)
    return await socket.read_message()
