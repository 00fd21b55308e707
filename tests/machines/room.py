"""A room: the machines of one Debian release in one network, with one file server."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.machines import kernel
from tests.machines.layout import HOME, HOSTS, SUITES, Layout
from tests.machines.machine import Machine
from tests.machines.network import Network
from tests.testbed import packages
from tests.testbed.machine import folder
from tests.testbed.shell import must

_HOSTS = Path("/etc/hosts")


class MachineRoom:
    """Makes machines, and takes all of them away at the end.

    What an earlier run left behind is taken away first.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.network = Network(layout)

    def __enter__(self) -> "MachineRoom":
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Make the room, empty."""
        packages.ensure("machines")
        kernel.raise_limits()
        self.close()
        folder(HOME, "root")
        with _locked("network"):
            for path in (self.layout.root, self.layout.home, self.layout.software):
                folder(path, "root")
            self.network.up()
        must(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "berth tests",
              "-f", str(self.layout.key)])  # fmt: skip
        with _host_names() as lines:
            lines += self._lines()

    def add(self, name: str, kind: str = "bare") -> Machine:
        """Return a fresh machine that is still off; ``kind`` is that of its image."""
        machine = Machine(self.layout, name, kind)
        machine.create()
        host_key = (machine.image.tree / "etc/ssh/ssh_host_ed25519_key.pub").read_text()
        with self.layout.known_hosts.open("a") as known:
            known.write(f"{machine.address},{machine.full_name} {host_key}")
        return machine

    def machines(self) -> list[Machine]:
        """Return the machines there are, switched on or off, whoever made them."""
        return [Machine(self.layout, name) for name in HOSTS if self.layout.machine(name).exists()]

    def close(self) -> None:
        """Switch everything off and remove it; the network goes with the last room."""
        for machine in self.machines():
            machine.remove()
        with _host_names() as lines:
            lines[:] = [line for line in lines if line not in self._lines()]
        with _locked("network"):
            shutil.rmtree(self.layout.root, ignore_errors=True)
            others = (Layout(self.layout.instance, suite) for suite in SUITES)
            if not any(other.root.exists() for other in others):
                self.network.down()

    def _lines(self) -> list[str]:
        return [
            f"{self.layout.address(name)} {self.layout.full_name(name)}  # Berth machines"
            for name in HOSTS
        ]


@contextmanager
def _locked(what: str) -> Iterator[None]:
    """Let one room after the other change what all rooms have in common."""
    folder(HOME, "root")
    with (HOME / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _host_names() -> Iterator[list[str]]:
    """Change the lines of this computer's /etc/hosts, one room after the other."""
    with _locked("hosts"):
        before = _HOSTS.read_text().splitlines()
        lines = list(before)
        yield lines
        if lines != before:
            _HOSTS.write_text("".join(f"{line}\n" for line in lines))
