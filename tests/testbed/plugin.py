"""pytest fixtures: ``slurm``, ``gridengine`` (clusters), ``unix_users``, ``release``, ``chromium``.

What is slow in them (installing, a cold start of the cluster, waiting for another test run to leave
it) is outside the time limit of a test, which covers no fixtures.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

import pytest

from tests.testbed import packages, users
from tests.testbed.gridengine import GridBed
from tests.testbed.install import Release, install_release
from tests.testbed.machine import folder
from tests.testbed.shell import BedError
from tests.testbed.slurm import SlurmBed

_OTHERS_PATIENCE = 1200.0


@pytest.fixture(scope="session")
def slurm(pytestconfig: pytest.Config) -> Iterator[SlurmBed]:
    """The real Slurm cluster, empty at the start; its daemons stay up for the next run."""
    with _alone(SlurmBed(), "cluster", "in-use", pytestconfig) as bed:
        yield bed


@pytest.fixture(scope="session")
def gridengine(pytestconfig: pytest.Config) -> Iterator[GridBed]:
    """The real Grid Engine, empty at the start; its daemons stay up for the next run."""
    with _alone(GridBed(), "gridengine", "gridengine-in-use", pytestconfig) as bed:
        yield bed


_Bed = TypeVar("_Bed", SlurmBed, GridBed)


@contextmanager
def _alone(bed: _Bed, needs: str, lock_name: str, config: pytest.Config) -> Iterator[_Bed]:
    """Yield the bed, up and empty; what it *needs* (packages.py) is installed first."""
    packages.ensure(needs)
    _need_root("a test bed starts daemons for several users")
    folder(bed.layout.root, "root")
    with (bed.layout.root / lock_name).open("a") as lock:
        _lock(lock, config)
        bed.up()
        bed.cancel_all()
        yield bed
        bed.control("up")  # a test that failed may have left it down
        bed.cancel_all()


def _lock(lock: IO[str], config: pytest.Config) -> None:
    """Two test runs on one bed would cancel each other's jobs."""
    if _locked(lock):
        return
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\nwaiting for another test run to leave {Path(lock.name).parent}")
    deadline = time.monotonic() + _OTHERS_PATIENCE
    while not _locked(lock):
        if time.monotonic() > deadline:
            raise BedError(
                f"another test run has held {lock.name} for {_OTHERS_PATIENCE:.0f} s; "
                f"BERTH_TESTBED_INSTANCE=1 gives this run a bed of its own"
            )
        time.sleep(1)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _need_root(why: str) -> None:
    if os.geteuid() != 0:
        raise BedError(f"{why}: run as root")


@pytest.fixture(scope="session")
def unix_users() -> dict[str, str]:
    """Real Unix users (name -> password), unlocked and not expired."""
    packages.ensure("users")
    _need_root("the tests make Unix users")
    return users.ensure()


@pytest.fixture(scope="session")
def release() -> Release:
    """The checkout installed where every user can execute it."""
    return install_release()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program."""
    packages.ensure("browser")
    return packages.CHROMIUM
