"""A whole centre in front of the real Grid Engine, in the shape of examples/sharc."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.centre import HUB_USER, Centre
from tests.testbed.gridcell import RESOURCES
from tests.testbed.gridengine import GridBed
from tests.testbed.install import Release
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed


class GridCentre(Centre):
    """Beside the centre of the Slurm on the same bed, and apart from it."""

    def __init__(self, grid: GridBed, release: Release) -> None:
        super().__init__(SlurmBed(grid.layout), release, "grid-hub")
        self.grid = grid
        self.agent_socket = grid.layout.root / "grid-agent" / "agent.sock"
        self.door_socket = grid.layout.root / "grid-door" / "auth.sock"
        self.agent_config = grid.layout.root / "grid-agent.toml"
        self.pam_service = Path("/etc/pam.d", f"berth-grid-{grid.layout.root.name}")

    def install(self, changes: Mapping[str, Any]) -> None:
        """Write agent.toml, the PAM file and the site: examples/sharc with *changes*."""
        tables = {"environment": self.grid.env, "resources": RESOURCES}
        self.agent_config.write_text(
            f'scheduler = "gridengine"\nlauncher = "{self.release.launcher}"\n'
            f'callers = {{{HUB_USER} = ["submit", "cancel", "query"]}}\n'
            + "".join(f"[{name}]\n{_lines(table)}" for name, table in tables.items())
        )
        self.agent_config.chmod(0o644)
        self.pam_service.write_text("@include common-auth\n@include common-account\n")
        self.hub.write_site("sharc", {
            "auth": {"socket": str(self.door_socket)},
            "scheduler": {
                "agent_socket": str(self.agent_socket), "agent_config": str(self.agent_config),
            },
            **changes,
        })  # fmt: skip
        must(["/bin/chown", "-R", f"{HUB_USER}:{HUB_USER}", str(self.hub.folder)])
        self.hub.folder.chmod(0o700)


def _lines(table: Mapping[str, str]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())
