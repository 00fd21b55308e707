"""Situations of kernels: ``alice`` at a node, her ``environment``, ``declare`` for the centre's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernels.people import Person, environment_in
from tests.singleuser.job import user_python
from tests.testbed import packages


@pytest.fixture
def alice(tmp_path: Path) -> Person:
    """Somebody with an empty home, on a machine with no kernels but the environment's."""
    home = tmp_path / "home"
    home.mkdir()
    return Person(home, tmp_path / "centre")


@pytest.fixture
def environment(alice: Person) -> Path:
    """A virtual environment of hers, with ipykernel."""
    return environment_in(alice.home / "envs/climate")


@pytest.fixture
def declare(tmp_path: Path) -> Callable[[str], Path]:
    """Write a kernels.yml of these kernels."""

    def write(text: str) -> Path:
        file = tmp_path / "kernels.yml"
        file.write_text(f"kernels:\n{text}", "utf-8")
        return file

    return write


@pytest.fixture(scope="session")
def software() -> None:
    """Lmod and R, of Debian."""
    packages.ensure("kernels")
    user_python()
