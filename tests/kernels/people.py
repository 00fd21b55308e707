"""Somebody who has kernels: the users' tool as a process, cells run by Jupyter's own client."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.singleuser.job import CHECKOUT, user_python

TOOL = CHECKOUT / "hub_config/singleuser/berth_kernel.py"
CELL = """\
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name=sys.argv[1], startup_timeout=60)
try:
    def show(message):
        content = message["content"]
        print(content.get("text") or content.get("data", {}).get("text/plain")
              or "\\n".join(content.get("traceback", "")), end="")
    client.execute_interactive(sys.argv[2], timeout=60, output_hook=show)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""
HANG = 150.0
"""Seconds: a guard against a hang, not a measurement."""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    text: str


@dataclass(frozen=True)
class Person:
    """Somebody at a node: a home, and the folder of the centre's kernels."""

    home: Path
    centre: Path

    @property
    def kernels(self) -> Path:
        return self.home / ".local/share/jupyter/kernels"

    def env(self, **more: str) -> dict[str, str]:
        path = str(self.centre / "share/jupyter")
        return {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "JUPYTER_PATH": path, **more}

    def berth_kernel(self, *argv: str | Path, **more: str) -> Said:
        """Run the tool as its installed form does."""
        return self._run([user_python(), "-I", TOOL, *argv], more)

    def cell(self, kernel: str, code: str, **more: str) -> Said:
        """Start the kernel as Jupyter does, and return what the cell printed."""
        return self._run([user_python(), "-I", "-c", CELL, kernel, code], more)

    def _run(self, argv: list[str | Path], more: dict[str, str]) -> Said:
        done = subprocess.run(
            argv, env=self.env(**more), cwd=self.home, capture_output=True, timeout=HANG
        )
        # On standard error ipykernel warns of what is so with every kernel.
        text = done.stdout + (done.stderr if done.returncode else b"")
        return Said(done.returncode, text.decode(errors="replace"))

    def kernel(self, name: str, spec: object = None, **change: Any) -> Path:
        """Write a kernel.json by hand: a good one, with *change*, or *spec*."""
        good = {
            "argv": ["python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Mine",
            "language": "python",
        }
        folder = self.kernels / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps(spec if spec is not None else good | change))
        return folder


def environment_in(folder: Path) -> Path:
    """A virtual environment at *folder* that has the packages of the single-user environment."""
    python = user_python()
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True, timeout=HANG)
    packages = next((python.parents[1] / "lib").glob("python3*/site-packages"))
    own = next((folder / "lib").glob("python3*/site-packages"))
    (own / "packages.pth").write_text(f"{packages}\n")
    return folder


def empty_environment_in(folder: Path) -> Path:
    """A virtual environment without ipykernel."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([user_python(), "-m", "venv", "--without-pip", folder], check=True, timeout=HANG)
    return folder
