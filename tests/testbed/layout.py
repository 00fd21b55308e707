"""Where one test bed lives: its folders, its ports and its socket.

Everything is under one folder and on ports of its own, so that a Slurm, a munged or a MariaDB which
the machine already has is neither used nor disturbed. ``BERTH_TESTBED_INSTANCE=1`` (2, 3, …) gives
a further bed beside the first, for two people working on one machine.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

HOME = Path("/var/lib/berth-testbed")
_FIRST_PORT = 26800
_PORTS_PER_INSTANCE = 100


@dataclass(frozen=True)
class Layout:
    """Paths and ports of bed number ``instance`` (0 is the usual one)."""

    instance: int = 0

    @property
    def root(self) -> Path:
        """Folder that holds configuration, state and logs of this bed."""
        return HOME / f"bed{self.instance}"

    @property
    def conf(self) -> Path:
        """slurm.conf; slurmdbd.conf and gres.conf lie beside it, where Slurm looks for them."""
        return self.root / "etc" / "slurm.conf"

    @property
    def logs(self) -> Path:
        """Log files of all daemons."""
        return self.root / "log"

    @property
    def munge_socket(self) -> Path:
        """Socket of this bed's own munged."""
        return self.root / "munge" / "socket"

    @property
    def database(self) -> Path:
        """Data folder of this bed's MariaDB, which listens on ``database/socket`` only."""
        return self.root / "mariadb"

    @property
    def env(self) -> dict[str, str]:
        """What a Slurm command needs in its environment to talk to this bed."""
        return {"SLURM_CONF": str(self.conf)}

    def port(self, offset: int) -> int:
        """Return a TCP port: 0 slurmctld, 1 slurmdbd, 10 and up one for each slurmd."""
        return _FIRST_PORT + _PORTS_PER_INSTANCE * self.instance + offset


def chosen() -> Layout:
    """Return the layout that ``BERTH_TESTBED_INSTANCE`` asks for."""
    return Layout(int(os.environ.get("BERTH_TESTBED_INSTANCE", "0")))


def this_host() -> str:
    """Return the short host name, which Slurm compares with SlurmctldHost and NodeHostname."""
    return socket.gethostname().partition(".")[0]
