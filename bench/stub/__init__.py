"""Stands in for single-user servers: a job that reports a port and sleeps, and one answer for all.

A thousand JupyterLabs need more memory than a test machine has. To the hub the stub is a server:
its job runs in Slurm, its report comes from the job, and at its port somebody answers.
"""

import subprocess
from pathlib import Path

from tests.testbed.layout import HOME
from tests.testbed.machine import folder
from tests.testbed.shell import BedError

ROOT = HOME / "bench"
_SOURCE = Path(__file__).with_name("job.py")
_ANSWERS = Path(__file__).with_name("answers.py")


def install(port: int) -> Path:
    """Return the program that jobs run; it reports *port*. Every user can execute it."""
    folder(ROOT, "root")
    path, fresh = ROOT / "stub", ROOT / "stub.new"
    fresh.write_text(program(port))
    fresh.chmod(0o755)
    fresh.replace(path)
    return path


def program(port: int) -> str:
    """Return the text of the program."""
    return _SOURCE.read_text().replace("PORT = 0", f"PORT = {port}", 1)


class Answers:
    """The process that answers for all stubs, at one port."""

    def __init__(self, port: int) -> None:
        argv = ["/usr/bin/python3", str(_ANSWERS), str(port)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True)
        if self._process.stdout and self._process.stdout.readline() != "listening\n":
            raise BedError(f"nobody can listen at port {port}, where the stubs' answer is to come")

    def close(self) -> None:
        """End it; it also ends when this process does."""
        self._process.communicate()
