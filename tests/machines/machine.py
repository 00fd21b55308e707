"""One machine: booted by systemd-nspawn, entered by nsenter or ssh, switched off at once."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.machines import cgroups, overlay, setup
from tests.machines.image import Image
from tests.machines.layout import HOSTS, Layout
from tests.testbed.shell import BedError, must, run, tail

_NSPAWN = "/usr/bin/systemd-nspawn"
_BOOT_SECONDS = 300


class Machine:
    """A machine of a room; any process may make this object and act on the one that runs."""

    def __init__(self, layout: Layout, name: str, kind: str = "bare") -> None:
        if name not in HOSTS:
            raise BedError(f"there is no machine {name!r}; there are {', '.join(HOSTS)}")
        self.layout, self.name = layout, name
        self.image = Image(kind, layout.suite)
        self.folder = layout.machine(name)
        self.root = self.folder / "root"

    @property
    def address(self) -> str:
        return self.layout.address(self.name)

    @property
    def full_name(self) -> str:
        return self.layout.full_name(self.name)

    def create(self) -> None:
        """Mount a fresh copy-on-write view of the image and tell the machine who it is."""
        overlay.mount(self.image.build(), self.folder)
        setup.prepare(self)

    def boot(self) -> None:
        """Switch on and return when systemd has started everything without a failure."""
        where = cgroups.make(self.layout.registered(self.name))
        # A process group of its own, and a cgroup of its own: else one systemd would end the
        # units of the other.
        must(["/usr/bin/setsid", "--fork", "/bin/sh", "-c", _SWITCH_ON, "sh",
              str(self.folder / "console.log"), " ".join(map(str, where)), *self._nspawn()],
             env={"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})  # fmt: skip
        self._wait_booted()

    def _nspawn(self) -> list[str]:
        return [
            _NSPAWN, "--boot", "--register=no", "--keep-unit", "--link-journal=no",
            "--resolv-conf=off", "--timezone=off", f"--directory={self.root}",
            f"--machine={self.layout.registered(self.name)}", f"--hostname={self.name}",
            f"--bind={self.layout.home}:/home", f"--bind={self.layout.software}:/sw",
            "--network-veth", f"--network-bridge={self.layout.bridge}",
        ]  # fmt: skip

    def _wait_booted(self) -> None:
        deadline = time.monotonic() + _BOOT_SECONDS
        state = ""
        while state not in ("running", "degraded"):
            if time.monotonic() > deadline:
                raise BedError(f"{self.name} did not boot in {_BOOT_SECONDS} s (it is {state!r}):\n"
                               f"{tail(self.folder / 'console.log', 40)}")  # fmt: skip
            time.sleep(0.1)
            if self.leader:
                state = self.run(["/usr/bin/systemctl", "is-system-running"]).stdout.strip()
        if state == "degraded":
            raise BedError(f"units of {self.name} failed to start:\n{self.failed_units()}")

    @property
    def leader(self) -> int | None:
        """Pid of the machine's systemd as this computer sees it; None while it is off."""
        wanted = f"--machine={self.layout.registered(self.name)}"
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if words[0] != _NSPAWN or wanted not in words:
                    continue
                children = (entry / "task" / entry.name / "children").read_text().split()
            except OSError:  # it has just ended
                continue
            return next((int(pid) for pid in children if _is_init(pid)), None)
        return None

    def run(
        self, argv: Sequence[str], *, input: str | None = None, user: str = "root",
        timeout: float = 180,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Run a command in the machine, switched on or off, and return whatever it did."""
        as_user = [] if user == "root" else ["/usr/sbin/runuser", "-u", user, "--"]
        return run([*self._enter(), *as_user, *argv], input=input, timeout=timeout)

    def must(
        self, argv: Sequence[str], *, input: str | None = None, user: str = "root",
        timeout: float = 180,
    ) -> str:  # fmt: skip
        """Like ``run``, but return stdout and raise BedError when the command fails."""
        done = self.run(argv, input=input, user=user, timeout=timeout)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise BedError(f"on {self.name}: {' '.join(argv)} ended with {done.returncode}: {said}")
        return done.stdout

    def _enter(self) -> list[str]:
        if leader := self.leader:
            namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
            return ["/usr/bin/nsenter", f"--target={leader}", *namespaces, "--root", "--wd"]
        return ["/usr/sbin/chroot", str(self.root)]

    def put(self, path: str, text: str, mode: int = 0o644, owner: str = "root:root") -> None:
        """Write a file in the machine, with the folders that lead to it."""
        self.must(["/bin/sh", "-euc", _WRITE, "sh", path, f"{mode:o}", owner], input=text)

    def get(self, path: str) -> str:
        """Return the text of a file in the machine."""
        return self.must(["/usr/bin/cat", path])

    def journal(self, unit: str) -> str:
        """Return what a unit has logged since the machine was switched on."""
        return self.must(["/usr/bin/journalctl", "--no-pager", "--output=cat", "-b", "-u", unit])

    def failed_units(self) -> str:
        """Return the failed units, each with the end of its log."""
        listed = self.must(["/usr/bin/systemctl", "list-units", "--failed", "--output=json"])
        names = [unit["unit"] for unit in json.loads(listed)]
        return "\n".join(f"{name}:\n{self.journal(name)[-1500:]}" for name in names)

    def ssh(self, *command: str) -> list[str]:
        """Return the command line that logs in as root from this computer."""
        return ["/usr/bin/ssh", *self.layout.ssh_options, f"root@{self.address}", *command]

    def kill(self) -> None:
        """Switch the machine off as a power failure would; its files stay."""
        if leader := self.leader:
            os.kill(leader, signal.SIGKILL)
            deadline = time.monotonic() + 120
            while self.leader or _alive(leader):
                if time.monotonic() > deadline:
                    raise BedError(f"{self.name} (pid {leader}) does not end")
                time.sleep(0.05)
        cgroups.remove(self.layout.registered(self.name))

    def remove(self) -> None:
        """Switch off and forget every change."""
        self.kill()
        overlay.unmount(self.folder)


#: Its arguments: path, mode, owner. Whoever reads meanwhile sees the old file or the new one.
_WRITE = """\
umask 022
mkdir -p "$(dirname "$1")"
umask 077
cat >"$1.new"
chown "$3" "$1.new"
chmod "$2" "$1.new"
mv "$1.new" "$1"
"""

#: Its arguments: file for what the console shows, cgroups, then the command line.
_SWITCH_ON = """\
exec </dev/null >"$1" 2>&1
for group in $2; do echo $$ >"$group/cgroup.procs"; done
shift 2
exec "$@"
"""


def _is_init(pid: str) -> bool:
    """Tell whether this child of nspawn has become the machine's systemd."""
    try:
        return Path("/proc", pid, "comm").read_text().strip() == "systemd"
    except OSError:
        return False


def _alive(pid: int) -> bool:
    return Path("/proc", str(pid)).exists()
