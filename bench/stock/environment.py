"""Installs what a stock hub and its single-user servers run in: one environment for both.

The versions are Berth's own, so that what differs is how they are used; ``rfc3987-syntax`` comes
along because jupyter_events wants it (jsonschema's extra format-nongpl), which Berth leaves out.
"""

import fcntl
import os
import re
import subprocess
from pathlib import Path

from tests.testbed.install import CHECKOUT, PYTHON
from tests.testbed.layout import HOME
from tests.testbed.machine import folder
from tests.testbed.shell import BedError

ROOT = HOME / "stock"
_LOCKS = ("hub.txt", "user.txt")
_WANTED = ("jupyterhub", "batchspawner", "wrapspawner", "jupyterlab", "rfc3987-syntax")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==\S+", re.MULTILINE)


def install() -> Path:
    """Return the environment's folder, made anew when a version has changed."""
    folder(HOME, "root")
    folder(ROOT, "root")
    with (ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted, stamp = _pins(), ROOT / "installed"
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            _make(wanted)
            stamp.write_text(wanted)
    return ROOT / "venv"


def _make(pins: str) -> None:
    constraints, venv = ROOT / "constraints.txt", str(ROOT / "venv")
    constraints.write_text(pins)
    _uv("venv", "--quiet", "--clear", "--python", PYTHON, venv)
    _uv("pip", "install", "--quiet", "--python", venv, "--constraint", str(constraints), *_WANTED)


def _pins() -> str:
    """Return ``name==version`` of both locks; the hub's where they differ."""
    pins: dict[str, str] = {}
    for lock in _LOCKS:
        text = (CHECKOUT / "requirements" / lock).read_text()
        for match in _PINNED.finditer(text):
            pins.setdefault(match[1], match[0])
    return "".join(f"{pins[name]}\n" for name in sorted(pins))


def _uv(*words: str) -> None:
    env = {**os.environ, "UV_COMPILE_BYTECODE": "1", "UV_SYSTEM_CERTS": "1", "UV_NO_PROGRESS": "1"}
    done = subprocess.run(
        [CHECKOUT / ".venv/bin/uv", *words], env=env, capture_output=True, text=True, timeout=600,
        cwd="/", umask=0o022,
    )  # fmt: skip
    if done.returncode != 0:
        raise BedError(f"uv {words[0]} ended with {done.returncode}: {done.stderr.strip()[-3000:]}")
