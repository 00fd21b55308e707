"""Services that come, get another token, and go."""

from collections.abc import Iterator

import pytest
import requests

from tests.edge.site import Edge

NAME = "reports"


@pytest.fixture
def alone() -> Iterator[Edge]:
    """A hub with one service that only has a token."""
    edge = Edge({"services": {NAME: {"scopes": ["list:users"]}}})
    try:
        edge.token(NAME)
        edge.start()
        yield edge
    finally:
        edge.close()


def status(edge: Edge, token: str, path: str = "users") -> int:
    headers = {"Authorization": f"token {token}"}
    return requests.get(f"{edge.hub.url}/hub/api/{path}", headers=headers, timeout=60).status_code


def restart(edge: Edge) -> None:
    edge.hub.stop()
    edge.hub.start()


def test_only_the_last_token_of_a_service_counts(alone: Edge) -> None:
    first = alone.token(NAME)
    assert status(alone, first) == 200
    assert status(alone, first, "proxy") == 403
    restart(alone)
    assert status(alone, first) == 200
    (alone.credentials / f"service-{NAME}").unlink()
    second = alone.token(NAME)
    restart(alone)
    assert status(alone, second) == 200
    assert status(alone, first) == 403
    assert "Forgot a replaced token of service reports" in alone.hub.log()
    alone.change({"services": {NAME: None}})
    restart(alone)
    assert status(alone, second) == 403


def test_a_service_without_a_token_is_left_out(alone: Edge) -> None:
    alone.change({"services": {"other": {"port": 20100, "scopes": ["list:users"]}}})
    restart(alone)
    assert status(alone, alone.token(NAME)) == 200
    assert "Service other is left out: the unit was given no secret" in alone.hub.log()
