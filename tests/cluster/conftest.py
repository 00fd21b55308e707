"""The real thing: Slurm, PAM, sudo, Unix users. Root on Debian."""

import shutil
from collections.abc import Iterator

import pytest

from tests.support.centre import Centre
from tests.support.hubs import Visitor
from tests.testbed.install import install_release
from tests.testbed.layout import HOME
from tests.testbed.slurm import SlurmBed


@pytest.fixture(scope="session")
def centre(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Centre]:
    """A running centre in the shape of examples/dkrz."""
    folder = HOME / "hub"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    centre = Centre(slurm, install_release(), folder)
    centre.install({})
    centre.start()
    yield centre
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
