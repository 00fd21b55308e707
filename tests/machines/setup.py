"""What a fresh machine is told before its first boot: its name, its network, who may log in."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tests.machines import surroundings
from tests.machines.network import Network

if TYPE_CHECKING:
    from tests.machines.machine import Machine

_WANTED = "/etc/systemd/system/multi-user.target.wants"


def prepare(machine: Machine) -> None:
    """Write the files of a machine that is still off."""
    layout = machine.layout
    machine.put("/etc/hostname", f"{machine.name}\n")
    machine.put("/etc/hosts", "127.0.0.1 localhost\n" + layout.hosts())
    machine.put("/etc/machine-id", f"{uuid.uuid4().hex}\n", 0o444)
    machine.put("/etc/resolv.conf", surroundings.name_servers())
    machine.put("/etc/systemd/network/10-host0.network", _network(machine))
    machine.put("/root/.ssh/authorized_keys", layout.key.with_suffix(".pub").read_text(), 0o600)
    for unit in ("systemd-networkd.service", "systemd-networkd-wait-online.service"):
        machine.must(["/bin/ln", "-sf", f"/lib/systemd/system/{unit}", _WANTED])


def _network(machine: Machine) -> str:
    layout = machine.layout
    return (
        f"[Match]\nName=host0\n[Link]\nMTUBytes={Network(layout).mtu}\n"
        f"[Network]\nAddress={machine.address}/24\nGateway={layout.gateway}\n"
        # Nobody advertises routes here, and an older networkd waits 13 seconds for that.
        "LinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    )
