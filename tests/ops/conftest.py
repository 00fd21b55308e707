"""Machines to operate on."""

from collections.abc import Iterator

import pytest

from tests.ops.machine import ONE, Machine


@pytest.fixture
def bare() -> Iterator[Machine]:
    """A machine with settings and secrets, and nothing installed or running."""
    machine = Machine()
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def installed() -> Iterator[Machine]:
    """A machine with release one running behind its proxy, and ann known to it."""
    machine = Machine()
    try:
        machine.start_proxy()
        machine.release(ONE, version="1.0")
        machine.switch().activate(ONE)
        machine.log_in("ann").close()
        machine.note()
        yield machine
    finally:
        machine.close()


@pytest.fixture
def machine(installed: Machine) -> Iterator[Machine]:
    """The same machine for every test of a file, each time as it was."""
    installed.reset()
    yield installed
