"""One running hub for all tests of this folder: real JupyterHub, real proxy, real processes."""

from collections.abc import Iterator

import pytest

from tests.hub.room import Room
from tests.support.hubs import Visitor


@pytest.fixture(scope="session")
def room() -> Iterator[Room]:
    """A running hub with users ann (admin, group climate) and ben."""
    room = Room({})
    try:
        room.hub.start()
        yield room
    finally:
        room.close()


@pytest.fixture
def ann(room: Room) -> Iterator[Visitor]:
    """Ann, an admin, logged in; her servers end with the test."""
    yield from logged_in(room, "ann")


@pytest.fixture
def ben(room: Room) -> Iterator[Visitor]:
    """Ben, a user, logged in; his servers end with the test."""
    yield from logged_in(room, "ben")


def logged_in(room: Room, name: str) -> Iterator[Visitor]:
    visitor = room.visitor(name)
    yield visitor
    for server in visitor.servers():
        visitor.stop(server)
        visitor.wait_stopped(server)
