"""pytest fixtures: ``slurm`` (the cluster), ``unix_users``, ``release``, ``chromium``.

What is slow (installing, a cold start of the cluster, waiting for another test run to leave it)
happens before the first test, outside the time limit that each test has. What went wrong there is
raised by the fixtures, so that the tests which need them fail and the others run.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.testbed import packages, users
from tests.testbed.install import Release, install_release
from tests.testbed.machine import folder
from tests.testbed.shell import BedError
from tests.testbed.slurm import SlurmBed

_OTHERS_PATIENCE = 1200.0
_PROBLEMS = pytest.StashKey[dict[str, BedError]]()
_LOCK = pytest.StashKey[IO[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Prepare what the collected tests need."""
    problems = session.config.stash.setdefault(_PROBLEMS, {})
    if session.config.option.collectonly:
        return
    used = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    for name in sorted(used & _PREPARE.keys()):
        try:
            _PREPARE[name](session.config)
        except BedError as error:
            problems[name] = error


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the bed to the next test run."""
    if lock := config.stash.get(_LOCK, None):
        lock.close()


def _prepare_slurm(config: pytest.Config) -> None:
    bed = SlurmBed()
    packages.ensure("cluster")
    _need_root("the Slurm test bed starts daemons for several users")
    folder(bed.layout.root, "root")
    config.stash[_LOCK] = lock = (bed.layout.root / "in-use").open("a")
    if not _locked(lock):
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            terminal.write_line(f"waiting for another test run to leave {bed.layout.root}")
        _wait_for(lock)
    bed.up()
    bed.cancel_all()


def _wait_for(lock: IO[str]) -> None:
    """Two test runs on one bed would cancel each other's jobs."""
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


#: Fixture -> what has to be done before the first test.
_PREPARE: dict[str, Callable[[pytest.Config], object]] = {
    "chromium": lambda _config: packages.ensure("browser"),
    "release": lambda _config: install_release(),
    "slurm": _prepare_slurm,
    "unix_users": lambda _config: packages.ensure("users"),
}


def _need_root(why: str) -> None:
    if os.geteuid() != 0:
        raise BedError(f"{why}: run as root")


def _raise_problem(config: pytest.Config, fixture: str) -> None:
    if problem := config.stash[_PROBLEMS].get(fixture):
        raise problem


@pytest.fixture(scope="session")
def slurm(pytestconfig: pytest.Config) -> Iterator[SlurmBed]:
    """The real Slurm cluster, empty at the start; its daemons stay up for the next run."""
    _raise_problem(pytestconfig, "slurm")
    bed = SlurmBed()
    yield bed
    bed.control("up")  # a test that failed may have left it down
    bed.cancel_all()


@pytest.fixture(scope="session")
def unix_users(pytestconfig: pytest.Config) -> dict[str, str]:
    """Real Unix users (name -> password), unlocked and not expired."""
    _raise_problem(pytestconfig, "unix_users")
    _need_root("the tests make Unix users")
    return users.ensure()


@pytest.fixture(scope="session")
def release(pytestconfig: pytest.Config) -> Release:
    """The checkout installed where every user can execute it."""
    _raise_problem(pytestconfig, "release")
    return install_release()


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> Path:
    """The browser's program."""
    _raise_problem(pytestconfig, "chromium")
    return Path("/usr/bin/chromium")
