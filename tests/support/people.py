"""pytest fixtures: ``centre``, one running centre for all tests, and people logged in to it.

``grid_centre`` is another one, in front of Grid Engine.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from tests.support.centre import Centre
from tests.support.gridcentre import GridCentre
from tests.support.hubs import Visitor
from tests.testbed.gridengine import GridBed
from tests.testbed.install import install_release
from tests.testbed.slurm import SlurmBed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the hub's log with a test that failed."""
    report = yield
    used = getattr(item, "funcargs", {})
    centre = used.get("grid_centre") or used.get("centre")
    if report.failed and isinstance(centre, Centre):
        report.sections.append(("end of the hub's log", centre.hub.log()[-8000:]))
    return report


@pytest.fixture(scope="session")
def centre(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Centre]:
    """A running centre in the shape of examples/dkrz."""
    centre = Centre(slurm, install_release(slurm.layout.root / "release"))
    try:
        centre.install({"hub": {"slow_spawn_wait": "2s"}})  # a waiting job is no news to a test
        centre.start()
        yield centre
    finally:
        centre.close()


@pytest.fixture(scope="session")
def grid_centre(gridengine: GridBed, unix_users: dict[str, str]) -> Iterator[GridCentre]:
    """A running centre in the shape of examples/sharc."""
    centre = GridCentre(gridengine, install_release(gridengine.layout.root / "release"))
    try:
        centre.install({})
        centre.start()
        yield centre
    finally:
        centre.close()


@pytest.fixture
def grid_bob(grid_centre: GridCentre, unix_users: dict[str, str]) -> Iterator[Visitor]:
    """Bob, logged in to the centre with Grid Engine; his server ends with the test."""
    bob = grid_centre.hub.visitor("bob", unix_users["bob"])
    try:
        yield bob
    finally:
        if bob.servers():
            bob.stop()
            bob.wait_stopped()
        bob.close()


@pytest.fixture
def alice(centre: Centre, unix_users: dict[str, str]) -> Iterator[Visitor]:
    """Alice, logged in; her servers end with the test."""
    with logged_in(centre, "alice", unix_users) as visitor:
        yield visitor


@pytest.fixture
def bob(centre: Centre, unix_users: dict[str, str]) -> Iterator[Visitor]:
    """Bob, logged in; his servers end with the test."""
    with logged_in(centre, "bob", unix_users) as visitor:
        yield visitor


@contextmanager
def logged_in(centre: Centre, name: str, passwords: dict[str, str]) -> Iterator[Visitor]:
    """Log *name* in, with a form that remembers nothing; stop their servers at the end."""
    visitor = centre.hub.visitor(name, passwords[name])
    try:
        visitor.forget()
        yield visitor
    finally:
        for server in visitor.servers():
            visitor.stop(server)
            visitor.wait_stopped(server)
        visitor.close()
        centre.bed.wait_empty(name)
