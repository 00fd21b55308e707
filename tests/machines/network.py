"""The network of all rooms of one instance: a bridge, and a way out through this computer."""

from pathlib import Path

from tests.machines.layout import Layout
from tests.testbed.shell import must, run

_IP, _NFT = "/usr/sbin/ip", "/usr/sbin/nft"


class Network:
    """A bridge with the machines' gateway on it, and masquerading for what leaves the network."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._table = f"berth-machines-{layout.instance}"

    def up(self) -> None:
        """Make what is missing."""
        bridge = self.layout.bridge
        if run([_IP, "link", "show", bridge]).returncode != 0:
            must([_IP, "link", "add", bridge, "type", "bridge"])
        must([_IP, "address", "replace", f"{self.layout.gateway}/24", "dev", bridge])
        must([_IP, "link", "set", bridge, "mtu", str(self.mtu), "up"])
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        must([_NFT, "-f", "-"], input=self._rules())

    def down(self) -> None:
        """Take the bridge and the rules away."""
        run([_IP, "link", "delete", self.layout.bridge])
        run([_NFT, "delete", "table", "ip", self._table])

    def _rules(self) -> str:
        subnet = self.layout.subnet
        return (
            f"add table ip {self._table}\ndelete table ip {self._table}\n"  # so that it may exist
            f"table ip {self._table} {{ chain leaving {{\n"
            f"type nat hook postrouting priority srcnat;\n"
            f"ip saddr {subnet} ip daddr != {subnet} masquerade\n}}\n}}\n"
        )

    @property
    def mtu(self) -> int:
        """Bytes per packet that fit through every interface of this computer.

        Many virtual machines have less than 1500, and what is too long would vanish silently.
        """
        sizes = [int(path.read_text()) for path in Path("/sys/class/net").glob("e*/mtu")]
        return min(1500, *sizes) if sizes else 1500
