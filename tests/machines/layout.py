"""Where the machines of one room live: folders, addresses, names in the kernel.

``BERTH_MACHINES_INSTANCE=1`` (2, 3, …) gives rooms of their own to several people on one computer,
and each Debian release has one room per instance.
"""

import os
from dataclasses import dataclass
from pathlib import Path

HOME = Path("/var/lib/berth-machines")
IMAGES = Path("/var/tmp/berth-machines")  # noqa: S108 - root's own folder, see image.py
#: Debian releases, and where the addresses of their machines begin.
SUITES = {"bookworm": 100, "trixie": 150}
HOSTS = {"hub": 0, "ctl": 1, "c1": 2, "c2": 3, "spare": 4}


@dataclass(frozen=True)
class Layout:
    """Folders and addresses of the room of one Debian release in instance ``instance``."""

    instance: int = 0
    suite: str = "bookworm"

    @property
    def root(self) -> Path:
        """Folder that holds all machines of this room."""
        return HOME / str(self.instance) / self.suite

    @property
    def home(self) -> Path:
        """What every machine has as /home: the cluster's file server."""
        return self.root / "home"

    @property
    def software(self) -> Path:
        """What every machine has as /sw."""
        return self.root / "sw"

    @property
    def key(self) -> Path:
        """The ssh key with which root comes in; the public half is beside it."""
        return self.root / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.root / "known_hosts"

    def machine(self, name: str) -> Path:
        """Folder of one machine: its changes to the image, and its root folder."""
        return self.root / "machines" / name

    def address(self, name: str) -> str:
        """Return the IPv4 address of a machine by its host name."""
        return f"10.77.{self.instance}.{SUITES[self.suite] + HOSTS[name]}"

    def registered(self, name: str) -> str:
        """Return the name by which the kernel's tools know a machine."""
        return f"berth{self.instance}-{self.suite}-{name}"

    def full_name(self, name: str) -> str:
        """Return the name with its domain; unique on this computer, whose /etc/hosts has it."""
        return f"{name}.{self.suite}{self.instance}.berth.test"

    def hosts(self) -> str:
        """Return the lines of /etc/hosts for all machines of this room."""
        return "".join(f"{self.address(name)} {self.full_name(name)} {name}\n" for name in HOSTS)

    @property
    def ssh_options(self) -> list[str]:
        """Options with which ssh lets root in to the machines and to nothing else."""
        return [
            "-i", str(self.key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "StrictHostKeyChecking=yes",
        ]  # fmt: skip

    @property
    def bridge(self) -> str:
        return f"br-berth{self.instance}"

    @property
    def gateway(self) -> str:
        """Address of this computer in the network that all rooms of an instance share."""
        return f"10.77.{self.instance}.1"

    @property
    def subnet(self) -> str:
        return f"10.77.{self.instance}.0/24"


def instance() -> int:
    """Return the instance that ``BERTH_MACHINES_INSTANCE`` asks for."""
    return int(os.environ.get("BERTH_MACHINES_INSTANCE", "0"))
