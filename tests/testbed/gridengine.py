"""GridBed: a real Grid Engine beside the Slurm of the test bed, for tests to talk to.

``python -m tests.testbed.gridengine up|down|env`` does by hand what the fixture does. One
qmaster and one execd; both are this bed's own, with SGE_ROOT and ports of their own.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from tests.testbed import gridcell, packages, processes, users
from tests.testbed.daemons import wait
from tests.testbed.layout import HOME, Layout, chosen, this_host
from tests.testbed.machine import folder
from tests.testbed.shell import BedError, must, run, run_as

QMASTER = str(gridcell.PROGRAMS / "sge_qmaster")
EXECD = str(gridcell.PROGRAMS / "sge_execd")
SHEPHERD = str(gridcell.PROGRAMS / "sge_shepherd")
_ADMIN = "sgeadmin"  # of Debian's packages
_AS_ADMIN = ("/usr/bin/setpriv", f"--reuid={_ADMIN}", f"--regid={_ADMIN}", "--init-groups", "--")
_QCONF, _QSTAT = "/usr/bin/qconf", "/usr/bin/qstat"


class GridBed:
    """The cell of ``gridcell`` in the folder of the bed at ``layout``."""

    def __init__(self, layout: Layout | None = None) -> None:
        self.layout = layout or chosen()
        self.root = self.layout.root / "sge"
        self.common = self.root / "default" / "common"

    @property
    def env(self) -> dict[str, str]:
        """Environment that makes the commands of Grid Engine talk to this bed."""
        return {
            "SGE_ROOT": str(self.root),
            "SGE_CELL": "default",
            "SGE_QMASTER_PORT": str(self.layout.port(80)),
            "SGE_EXECD_PORT": str(self.layout.port(81)),
        }

    # -- up and down ------------------------------------------------------------------------------

    def up(self) -> None:
        """Bring it up; quick when it already is. Raises BedError."""
        packages.ensure("users", "gridengine")
        if os.geteuid() != 0:
            raise BedError("Grid Engine runs jobs of several users: run as root")
        users.ensure()
        made = self.root / "made"
        if not made.exists() or made.read_text() != _recipe():
            self._stop()
            must(["/bin/rm", "-rf", "--one-file-system", str(self.root)])
            self._make_spool()
            self.control("up")
            self._make_queues()
            made.write_text(_recipe())
        self.control("up")
        self._start_execd()

    def down(self) -> None:
        """Stop everything."""
        if self.answers():
            self.cancel_all()
        self._stop()

    def control(self, change: Literal["down", "up"]) -> None:
        """Stop or start the qmaster alone; jobs run on meanwhile."""
        if change == "down":
            processes.stop(QMASTER, self.layout.root)
            return
        if not processes.find(QMASTER, self.layout.root):
            must([QMASTER], env=self.env)
        wait(self.answers, "sge_qmaster", self.root / "spool" / "qmaster" / "messages")

    def answers(self) -> bool:
        """Tell whether the qmaster runs and answers."""
        return bool(processes.find(QMASTER, self.layout.root)) and (
            run([_QCONF, "-sss"], env=self.env).returncode == 0
        )

    # -- using it ---------------------------------------------------------------------------------

    def run_as(
        self, user: str, argv: Sequence[str], *, input: str | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as ``user``, in the user's home, with a login-like environment."""
        return run_as(user, argv, env=self.env, input=input, timeout=timeout)

    def qstat(self) -> dict[str, str]:
        """Return id -> state of everybody's jobs that have not ended."""
        listed = must([_QSTAT, "-u", "*"], env=self.env)
        rows = (line.split() for line in listed.splitlines()[2:])
        return {row[0]: row[4] for row in rows}

    def job(self, job_id: str) -> dict[str, str]:
        """Return what ``qstat -j`` says of a job, all of which everybody can read."""
        listed = must([_QSTAT, "-j", job_id], env=self.env)
        return dict(re.findall(r"^([a-z_ ]+?): +(.*)$", listed, re.MULTILINE))

    def wait_for(self, ready: Callable[[], object], what: str, patience: float = 60) -> None:
        """Return once ``ready()``; BedError with the queue as it is after ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while not ready():
            if time.monotonic() > deadline:
                raise BedError(f"not {what} after {patience:.0f} s: {self.qstat()}")
            time.sleep(0.2)

    def cancel_all(self) -> None:
        """Delete every job of everybody and wait until all have ended."""
        if self.qstat():
            run(["/usr/bin/qdel", "-u", "*"], env=self.env)
        self.wait_for(lambda: not self.qstat(), "empty")

    def queue(self, name: str, change: Literal["disable", "enable"]) -> None:
        """Keep new jobs from starting in a queue, or let them again."""
        must(["/usr/bin/qmod", {"disable": "-d", "enable": "-e"}[change], name], env=self.env)

    # -- inside -----------------------------------------------------------------------------------

    def _stop(self) -> None:
        for program in (SHEPHERD, EXECD, QMASTER):
            processes.stop(program, self.layout.root)

    def _make_spool(self) -> None:
        folder(HOME, "root")
        folder(self.layout.root, "root")
        spool = self.root / "spool"
        inside = (spool / name for name in ("db", "execd", "qmaster", "qmaster/job_scripts"))
        for path in (self.root, self.common.parent, self.common, spool, *inside):
            folder(path, _ADMIN)
        (self.root / "util").symlink_to(gridcell.STOCK / "util")
        (self.root / "mailer").write_text(_MAILER)
        (self.root / "mailer").chmod(0o755)
        mails = self.root / "mails"
        folder(mails, _ADMIN)
        mails.chmod(0o1777)
        (self.common / "bootstrap").write_text(gridcell.bootstrap(self.root))
        (self.common / "act_qmaster").write_text(f"{gridcell.HOST}\n")
        # The machine's own name may resolve to 127.0.0.1, and that to localhost.
        (self.common / "host_aliases").write_text(f"{gridcell.HOST} {this_host()}\n")
        (self.root / "configuration").write_text(gridcell.configuration(self.root))
        must(["/bin/chown", "--recursive", f"{_ADMIN}:{_ADMIN}", str(self.common)])
        resources = gridcell.STOCK / "util" / "resources"
        self._spool("spoolinit", "berkeleydb", "libspoolb", f"{spool}/db", "init")
        self._spool("spooldefaults", "configuration", f"{self.root}/configuration")
        for what, where in (("complexes", "centry"), ("usersets", "usersets")):
            self._spool("spooldefaults", what, str(resources / where))
        for manager in (_ADMIN, "root"):
            self._spool("spooldefaults", "managers", manager)

    def _spool(self, tool: str, *words: str) -> None:
        must([*_AS_ADMIN, str(gridcell.PROGRAMS / tool), *words], env=self.env)

    def _make_queues(self) -> None:
        self._qconf("-ah", gridcell.HOST)
        self._qconf("-as", gridcell.HOST)
        self._load("-Mc", gridcell.complexes(self._qconf("-sc")))
        self._load("-Msconf", gridcell.scheduling(self._qconf("-ssconf")))
        self._start_execd()
        self._load("-Au", gridcell.access_list())
        for name in gridcell.PROJECTS:
            self._load("-Aprj", gridcell.project(name))
        for name in ("smp", "mpi"):
            self._load("-Ap", gridcell.environment(name))
        stock = self._qconf("-sq")
        for name in gridcell.QUEUES:
            self._load("-Aq", gridcell.queue(stock, name))
        has = "gpu=4,rmem=256G"
        self._qconf("-rattr", "exechost", "complex_values", has, gridcell.HOST)

    def _start_execd(self) -> None:
        if not processes.find(EXECD, self.layout.root):
            must([EXECD], env=self.env)
        log = self.root / "spool" / "qmaster" / "messages"
        listed = [_QCONF, "-se", gridcell.HOST]
        wait(lambda: "mem_total" in run(listed, env=self.env).stdout, "sge_execd", log)

    def _qconf(self, *words: str) -> str:
        return must([_QCONF, *words], env=self.env)

    def _load(self, option: str, text: str) -> None:
        file = self.root / f"qconf{option}"
        file.write_text(text)
        self._qconf(option, str(file))


_MAILER = """\
#!/bin/sh
# Called as "mailer -s subject address": keeps what Grid Engine would send.
{ echo "$@"; cat; } > "$(dirname "$0")/mails/$$"
"""


def _recipe() -> str:
    """Return what the cell is made of: with another one it is made again."""
    return Path(gridcell.__file__).read_text() + Path(__file__).read_text()


def main() -> int:
    """Do what the command line asks; return the exit code."""
    bed, asked = GridBed(), sys.argv[1:]
    try:
        if asked == ["up"]:
            bed.up()
        elif asked == ["down"]:
            bed.down()
        elif asked == ["env"]:
            print("\n".join(f"export {key}={value}" for key, value in bed.env.items()))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except BedError as error:
        print(f"test bed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
