"""Servers that end by themselves because nothing runs in them, and those that must not."""

import asyncio
import json
from collections.abc import Iterator

import pytest
import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.hub.room import Room, stop_all
from tests.support.hubs import Visitor, until
from tests.support.kernels import Kernel, _execute_request

IDLE, WORK = 10, 30
"""Seconds: after which a server is idle, and for which a program works in silence."""

IMPATIENT = """\
# Jupyter looks once a minute whether its server is idle, and that cannot be set.
from tornado import ioloop


class Often(ioloop.PeriodicCallback):
    def __init__(self, callback, callback_time, *more):
        super().__init__(callback, 2000 if callback_time == 60000 else callback_time, *more)


ioloop.PeriodicCallback = Often
"""


@pytest.fixture
def impatient() -> Iterator[Room]:
    """A hub whose servers are idle after a few seconds."""
    room = Room({"single_user": {"idle_timeout": f"{IDLE}s", "environment": {"SITE": "example"}}})
    try:
        settings = room.home / ".jupyter"
        settings.mkdir()
        settings.joinpath("jupyter_server_config.py").write_text(IMPATIENT)
        room.account.give(settings)
        room.hub.start()
        yield room
    finally:
        room.close()


@pytest.fixture
def ben(impatient: Room) -> Iterator[Visitor]:
    visitor = impatient.visitor("ben")
    yield visitor
    stop_all(visitor)
    visitor.close()


def compute_in_silence(visitor: Visitor, server: str) -> None:
    """Let a kernel work without a word, and leave it alone."""
    kernel = Kernel(visitor, server)
    assert kernel.execute("import os; print(os.environ['SITE'])") == "example\n"
    message = _execute_request(f"import time; time.sleep({WORK})")
    asyncio.run(
        say(f"{visitor.url}{kernel.base}api/kernels/{kernel.id}/channels", visitor, message)
    )


def type_in_a_terminal(visitor: Visitor, server: str) -> None:
    """Let a program run in a terminal without a word, and leave it alone."""
    base, headers = f"{visitor.url}/user/{visitor.name}/{server}", token(visitor)
    shell = {"shell_command": ["/bin/bash"]}  # the account may have /usr/sbin/nologin
    response = requests.post(f"{base}/api/terminals", headers=headers, json=shell, timeout=60)
    assert response.status_code == 200, response.text
    address = f"{base}/terminals/websocket/{response.json()['name']}"
    asyncio.run(say(address, visitor, ["stdin", f"sleep {WORK}\r"]))


async def say(address: str, visitor: Visitor, message: object) -> None:
    """Send one message over a websocket, see that something comes back, and leave."""
    request = HTTPRequest(address.replace("http", "ws", 1), headers=token(visitor))
    socket = await websocket_connect(request)
    await socket.write_message(json.dumps(message))
    assert await asyncio.wait_for(socket.read_message(), 60)
    await asyncio.sleep(1)
    socket.close()
    while await socket.read_message() is not None:
        pass


def token(visitor: Visitor) -> dict[str, str]:
    return {"Authorization": f"token {visitor.token()}"}


def begin(visitor: Visitor, server: str) -> None:
    """Start a server; what it is to do must begin at once, or it is idle."""
    assert visitor.start(server, {"profile": "small"}).status_code in (201, 202)
    visitor.wait_ready(server)


@pytest.mark.timeout(400)
def test_an_idle_server_ends_and_one_at_work_does_not(impatient: Room, ben: Visitor) -> None:
    for server, work in (("kernel", compute_in_silence), ("shell", type_in_a_terminal)):
        begin(ben, server)
        work(ben, server)
    begin(ben, "idle")
    until(lambda: "idle" not in ben.servers(), "the end of the idle server")
    assert set(ben.servers()) == {"kernel", "shell"}
    until(lambda: not ben.servers(), "the end of those whose work is done", 150)
    assert {record.state for record in impatient.records()} == {"COMPLETED"}
    assert impatient.hub.log().count("The job ended by itself: COMPLETED") == 3
