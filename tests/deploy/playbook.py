"""Runs ansible-playbook on an inventory, and tells what it changed and how long it took."""

import hashlib
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.install import CHECKOUT
from tests.testbed.shell import BedError

_PROGRAM = CHECKOUT / ".venv-deploy" / "bin" / "ansible-playbook"
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.M)
_SECONDS = 1500
"""A guard against a hang."""


@dataclass(frozen=True)
class Run:
    """One run of the playbook: what it printed, and how it ended."""

    code: int
    output: str
    seconds: float

    @property
    def changed(self) -> int:
        """Number of tasks that changed something, over all machines."""
        return sum(int(row[2]) for row in _RECAP.findall(self.output))

    @property
    def changes(self) -> list[str]:
        """Names of the tasks that changed something."""
        tasks = re.split(r"^(?:TASK|RUNNING HANDLER) \[", self.output, flags=re.M)[1:]
        return [task.partition("]")[0] for task in tasks if re.search(r"^changed:", task, re.M)]

    @property
    def complaint(self) -> str:
        """What the run says of its failure, in one line of single blanks."""
        return re.sub(r"[\s\\]+", " ", self.output.partition("\nfatal: ")[2] or self.output[-3000:])


def play(checkout: Path, inventory: Path, *arguments: str) -> Run:
    """Run ansible/site.yml of ``checkout``; ``arguments`` are more of ansible-playbook's."""
    if not _PROGRAM.exists():
        raise BedError(f"there is no {_PROGRAM}: run `make setup`")
    ours = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_SSH_CONTROL_PATH_DIR": _sessions(inventory)}
    started = time.monotonic()
    done = subprocess.run(
        [_PROGRAM, "-i", inventory / "hosts.yml", "ansible/site.yml", *arguments],
        cwd=checkout, env={**os.environ, **ours}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_SECONDS,
    )  # fmt: skip
    return Run(done.returncode, done.stdout, time.monotonic() - started)


def _sessions(inventory: Path) -> str:
    """Return a folder of this inventory's own for the sockets of ssh: a short path, as they need.

    A machine of the same name in another inventory may be another machine.
    """
    return f"/run/berth-tests/ssh-{hashlib.sha256(bytes(inventory)).hexdigest()[:12]}"


def must_play(checkout: Path, inventory: Path, *arguments: str) -> Run:
    """Like ``play``; BedError with the end of the output if the run fails."""
    run = play(checkout, inventory, *arguments)
    if run.code != 0:
        raise BedError(f"ansible-playbook ended with {run.code}:\n{run.output[-6000:]}")
    return run
