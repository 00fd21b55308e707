"""StockHub: the stock hub as a process of its own, on a test bed's Slurm, with its proxy."""

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.rest import Rest
from bench.stock import environment
from tests.testbed.slurm import SlurmBed

CONFIG = Path(__file__).with_name("jupyterhub_config.py")
PROFILES = (("Shared", "shared", {"req_partition": "shared", "req_memory": "256"}),)
"""(title, key, settings of SlurmSpawner) of each profile."""


class StockHub(Rest):
    """One folder and the stock hub in it; it runs as root, so that sudo asks nobody.

    ``stub`` stands in for batchspawner-singleuser and the server behind it. ``extra`` is Python
    that ends the configuration. It listens at ``port`` and the two after it.
    """

    kind = "stock"
    admin = "operator"

    def __init__(
        self,
        bed: SlurmBed,
        folder: Path,
        *,
        profiles: tuple[tuple[str, str, Mapping[str, str]], ...] = PROFILES,
        stub: Path | None = None,
        extra: str = "",
        port: int | None = None,
    ) -> None:
        venv = environment.install()
        super().__init__(folder, [str(venv / "bin/jupyterhub"), "--config", str(CONFIG)])
        if port:
            self.listen_at(port)
        self.bed, self.venv = bed, venv
        self.wrapper = venv / "bin/batchspawner-singleuser"
        self.calls_file = folder / "calls"
        self.password = os.urandom(8).hex()
        self.answers = {"profile": profiles[0][1]}
        self._place = {
            "hub": self.direct,
            "proxy": self.url,
            "proxy_api": f"http://127.0.0.1:{self.api_port}",
            "password": self.password,
            "admins": [self.admin],
            "profiles": profiles,
            "environment": dict(bed.env),
            "cmd": [str(venv / "bin/jupyterhub-singleuser")],
            "wrapper": str(stub or self.wrapper),
            "calls": str(self.calls_file),
            "extra": extra,
        }
        self.configure()

    def configure(self, **changes: Any) -> None:
        """Change what the configuration reads at the next start (its keys: __init__)."""
        self._place |= changes
        self.env = {"STOCK": json.dumps(self._place), **self.bed.env}

    def calls(self, since: float = 0.0) -> list[tuple[float, str]]:
        """Return (time.time(), command) of each call of the scheduler from *since* on."""
        if not self.calls_file.exists():
            return []
        rows = (line.split() for line in self.calls_file.read_text().splitlines())
        return [(float(row[0]), row[1]) for row in rows if float(row[0]) >= since]

    def password_of(self, user: str) -> str:
        return self.password

    def calls_made(self) -> int:
        return len(self.calls())

    def use(self, stub: Path | None) -> None:
        self.configure(wrapper=str(stub or self.wrapper))

    def kill(self) -> None:
        """End the hub at once, as a crash does."""
        self.stop(signal.SIGKILL)
