"""The service beside what stands in for a hub; with a real hub it is in tests/services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.usage.standin import Process, beside


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    """A service that is not running yet, beside a hub that tells what a test gives it."""
    with beside(tmp_path) as service:
        yield service


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A running service, for what leaves no traces."""
    with beside(tmp_path_factory.mktemp("usage")) as service:
        service.start()
        yield service
