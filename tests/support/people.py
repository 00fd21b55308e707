"""pytest fixtures: ``centre``, one running centre for the whole session, and people logged in to it."""

from collections.abc import Iterator

import pytest

from tests.support.centre import Centre
from tests.support.hubs import Visitor
from tests.testbed.install import install_release
from tests.testbed.slurm import SlurmBed


@pytest.fixture(scope="session")
def centre(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Centre]:
    """A running centre in the shape of examples/dkrz."""
    centre = Centre(slurm, install_release(slurm.layout.root / "release"))
    try:
        centre.install({})
        centre.start()
        yield centre
    finally:
        centre.close()


@pytest.fixture
def alice(centre: Centre, unix_users: dict[str, str]) -> Iterator[Visitor]:
    """Alice, logged in; her servers end with the test."""
    yield from _visitor(centre, "alice", unix_users)


@pytest.fixture
def bob(centre: Centre, unix_users: dict[str, str]) -> Iterator[Visitor]:
    """Bob, logged in; his servers end with the test."""
    yield from _visitor(centre, "bob", unix_users)


def _visitor(centre: Centre, name: str, passwords: dict[str, str]) -> Iterator[Visitor]:
    visitor = centre.hub.visitor(name, passwords[name])
    yield visitor
    for server in visitor.servers():
        visitor.stop(server)
        visitor.wait_stopped(server)
    visitor.close()
    centre.bed.wait_empty(name)
