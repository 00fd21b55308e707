"""Installs the checkout the way a centre has it, for tests in which several users run its parts.

The checkout may lie below a folder that only its owner can enter, and its virtual environment may
belong to an interpreter in somebody's home; a job user, ``berth`` or ``berth-auth`` could execute
neither. Here everybody can. What did not change since the last call is not made again.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.layout import HOME
from tests.testbed.machine import folder
from tests.testbed.shell import BedError

CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"  # one that every user may execute
_LOCKS = CHECKOUT / "requirements"
_ON_NODES = CHECKOUT / "hub_config" / "singleuser"
_INSTALL_LAUNCHER = CHECKOUT / "scripts" / "install-singleuser"
_WHEEL_SOURCES = ("hub_config", "services", "templates", "examples", "pyproject.toml", "LICENSE")
# As the Makefile sets them: compiled once here, and trusting the certificates of the machine.
_UV = {"UV_COMPILE_BYTECODE": "1", "UV_SYSTEM_CERTS": "1", "UV_NO_PROGRESS": "1"}


@dataclass(frozen=True)
class Release:
    """An installed Berth under ``root``, readable and executable by everybody."""

    root: Path

    @property
    def hub(self) -> Path:
        """Virtual environment of the hub and the two doors; its programs are in ``hub/bin``."""
        return self.root / "hub"

    @property
    def user(self) -> Path:
        """Virtual environment of the single-user server."""
        return self.root / "user"

    @property
    def launcher(self) -> Path:
        """berth-singleuser, which job scripts start."""
        return self.user / "bin" / "berth-singleuser"


def install_release(root: Path = HOME / "release") -> Release:
    """Bring the release at ``root`` up to date with the checkout and return it.

    Needs what ``make setup`` made in the checkout (uv, hatchling); BedError without.
    """
    for needed in (".venv/bin/uv", ".venv/bin/hatchling"):
        if not (CHECKOUT / needed).exists():
            raise BedError(f"the checkout has no {needed}: run `make setup` first")
    if os.geteuid() != 0:
        raise BedError(f"only root can install to {root}, where every user can execute it")
    folder(HOME, "root")
    folder(root, "root")
    release = Release(root)
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _install(release)
    return release


def _install(release: Release) -> None:
    root, hub_lock, user_lock = release.root, _LOCKS / "hub.txt", _LOCKS / "user.txt"
    wheel_sources = [hub_lock, *(CHECKOUT / name for name in _WHEEL_SOURCES)]
    launcher_sources = [user_lock, _ON_NODES, _INSTALL_LAUNCHER]
    _step(root, "hub", [hub_lock], lambda: _environment(release.hub, hub_lock))
    _step(root, "wheel", wheel_sources, lambda: _wheel(release))
    _step(root, "user", [user_lock], lambda: _environment(release.user, user_lock))
    _step(root, "launcher", launcher_sources, lambda: _launcher(release))


def _step(root: Path, name: str, sources: Iterable[Path], make: Callable[[], None]) -> None:
    """Call ``make`` unless it has succeeded before from the very same sources."""
    stamp, wanted = root / f"{name}.stamp", _fingerprint(sources)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    make()
    stamp.write_text(wanted)


def _fingerprint(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256(Path(PYTHON).resolve().name.encode())
    for path in (path for source in sources for path in _files(source)):
        digest.update(f"\0{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(p for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def _environment(venv: Path, lock: Path) -> None:
    _uv("venv", "--quiet", "--clear", "--python", PYTHON, str(venv))
    _uv("pip", "sync", "--quiet", "--python", str(venv), "--require-hashes", str(lock))


def _wheel(release: Release) -> None:
    dist = release.root / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    _must([CHECKOUT / ".venv/bin/hatchling", "build", "-t", "wheel", "-d", dist])
    [wheel] = dist.glob("berth-*.whl")
    to = ("--python", str(release.hub))
    _uv("pip", "install", "--quiet", *to, "--no-deps", "--reinstall", str(wheel))


def _launcher(release: Release) -> None:
    _must(["/bin/bash", _INSTALL_LAUNCHER, release.user])


def _uv(*words: str) -> None:
    _must([CHECKOUT / ".venv/bin/uv", *words])


def _must(argv: list[str | Path]) -> None:
    """Run a tool of the checkout with the machine's own settings for proxies and indexes."""
    mine = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    env = {key: value for key, value in os.environ.items() if key not in mine} | _UV
    done = subprocess.run(
        argv, env=env, cwd=CHECKOUT, capture_output=True, text=True, timeout=600, umask=0o022
    )
    if done.returncode != 0:
        raise BedError(f"{argv[0]} ended with {done.returncode}: {done.stderr.strip()[-3000:]}")
