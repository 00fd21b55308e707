"""One hub behind nginx for most tests of this folder: real nginx, proxy, JupyterHub, service."""

import socket
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import requests

from tests.edge.front import HOST
from tests.edge.site import Edge
from tests.testbed import packages


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the hub's log with a test that failed."""
    report = yield
    for value in getattr(item, "funcargs", {}).values() if report.failed else ():
        if isinstance(value, Edge):
            report.sections.append(("end of the hub's log", value.hub.log()[-4000:]))
    return report


@pytest.fixture(scope="session", autouse=True)
def names() -> Iterator[None]:
    """Whoever looks for a name of ours finds this machine; nginx and promtool are installed."""
    packages.ensure("edge")
    real = socket.getaddrinfo

    def ours(host: Any, *rest: Any, **more: Any) -> Any:
        here = isinstance(host, str) and host.endswith(HOST)
        return real("127.0.0.1" if here else host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", ours)
        yield


@pytest.fixture(scope="session")
def edge() -> Iterator[Edge]:
    """A hub behind nginx, with a service that echoes."""
    edge = Edge()
    try:
        edge.serve_echo(scopes=("read:metrics",))
        edge.start()
        yield edge
    finally:
        edge.close()


@pytest.fixture
def browser_like(edge: Edge) -> Iterator[requests.Session]:
    """A session that trusts nginx's certificate."""
    with requests.Session() as session:
        session.trust_env = False  # $REQUESTS_CA_BUNDLE would come before ``verify``
        session.verify = str(edge.front.ca)
        yield session
