"""The live contract, kept by the scheduler that needs no cluster."""

import getpass
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Command, Reply
from hub_config.schedulers.local import Local
from tests.contract.live import Lab, LiveContract


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The local scheduler with records and home in a folder of their own."""
    home = tmp_path_factory.mktemp("home of o'neill")
    small = {
        "profile": "small",
        "partition": "local",
        "cores": 1,
        "memory": 64,
        "walltime": 3600,
        "application": "lab",
    }
    request = JobRequest(**small)  # type: ignore[arg-type]
    impossible = JobRequest(**{**small, "cores": 4096})  # type: ignore[arg-type]
    lab = Lab(Local(), _runner(home), home, getpass.getuser(), request, impossible)
    yield lab
    for job in lab.jobs().values():
        lab.cancel(job.job_id, job.uuid)
        lab.end(job.job_id)


def _runner(home: Path) -> Callable[[Command], Reply]:
    def run(command: Command) -> Reply:
        done = subprocess.run(
            command.argv,
            input=command.stdin,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Reply(done.returncode, done.stdout, done.stderr)

    return run


class TestLocal(LiveContract):
    pass
