"""The proxy forgets everything when it ends; the hub gives it all its routes again."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hub_config.routes import connector, keep_routes
from tests.edge.site import Edge
from tests.support.hubs import free_ports, until

MANY = 50
SOON = 40.0
"""Seconds; by itself JupyterHub would look after a minute."""


@pytest.fixture(scope="module", params=["socket", "port"])
def busy(request: pytest.FixtureRequest) -> Iterator[Edge]:
    """A hub with 50 routes besides its own; its proxy is steered by a socket, or by a port."""
    edge = Edge()
    try:
        folder = edge.folder / "jupyterhub_config.d"
        folder.mkdir()
        routes = {f"/number/{n}/": "http://127.0.0.1:9" for n in range(MANY)}
        (folder / "routes.py").write_text(f"c.ConfigurableHTTPProxy.extra_routes = {routes}\n")
        edge.room.account.give(folder, folder / "routes.py")
        if request.param == "port":
            edge.change({"proxy": {"api": f"http://127.0.0.1:{edge.hub.api_port}"}})
        edge.start()
        until(lambda: _complete(edge), "the first routes")
        yield edge
    finally:
        edge.close()


def test_routes_are_back_after_the_proxy_was_killed(busy: Edge) -> None:
    for _ in range(2):
        busy.kill_proxy()
        busy.start_proxy()
        until(busy.routes, "the proxy answering")
        began = time.monotonic()
        until(lambda: _complete(busy), "all routes", SOON)
        print(f"{MANY} routes back after {time.monotonic() - began:.2f} s")


def test_a_page_says_that_the_hub_is_away(busy: Edge) -> None:
    busy.kill_proxy()
    answer = requests.get(f"{busy.front.url}/hub/home", verify=str(busy.front.ca), timeout=60)
    assert answer.status_code == 502
    assert "One moment, please" in answer.text
    busy.start_proxy()
    until(lambda: _complete(busy), "all routes", SOON)


async def test_a_proxy_that_goes_while_it_is_asked_is_not_waited_for(tmp_path: Path) -> None:
    """A stand-in: that a dying proxy takes one more connection cannot be had on cue."""
    asked = asyncio.Queue[int]()
    numbers = itertools.count(1)

    async def restore() -> None:
        number = next(numbers)
        asked.put_nowait(number)
        if number == 1:
            await asyncio.Event().wait()
        if number == 2:
            raise RuntimeError("what JupyterHub may raise")

    async def end_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    place = tmp_path / "api.sock"
    async with await asyncio.start_unix_server(end_at_once, place):
        watch = asyncio.create_task(keep_routes(connector("", place), restore))
        assert [await asyncio.wait_for(asked.get(), 60) for _ in range(3)] == [1, 2, 3]
        watch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watch


async def test_a_connector_says_when_nobody_listens(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    for connect in (connector("", tmp_path / "none"), connector(f"http://127.0.0.1:{port}", None)):
        with pytest.raises(OSError):
            await connect()


def _complete(edge: Edge) -> bool:
    """Whether the proxy has all routes, and the one to the hub."""
    return len(edge.routes()) == MANY + 1
