"""The launcher as a process, and what /proc says about processes."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
LAUNCHER = CHECKOUT / "hub_config/singleuser/berth_singleuser.py"
HANG = 60.0
"""Seconds: a guard against a hang, not a measurement."""


def user_python() -> Path:
    """The interpreter of the single-user environment."""
    default = CHECKOUT / ".venv-user/bin/python"
    path = Path(os.environ.get("BERTH_TEST_USER_PYTHON", default))
    if not path.exists():
        pytest.fail(f"{path} is missing: run 'make setup', or set BERTH_TEST_USER_PYTHON")
    return path


def wait_until(condition: Callable[[], Any], what: str) -> None:
    """Wait until the condition holds; fail with ``what`` after `HANG`."""
    deadline = time.monotonic() + HANG
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {HANG:g} s in vain: {what}")
        time.sleep(0.05)


class Job:
    """One berth-singleuser process with its spawn file and its log."""

    def __init__(self, home: Path, spawn: dict[str, Any], inherited: dict[str, str]) -> None:
        self.spawn_file = home / "spawn.json"
        self.spawn_file.touch(0o600)
        self.spawn_file.write_text(json.dumps(spawn))
        self.log_file = home / "job.log"
        self.python = user_python()
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [self.python, "-I", LAUNCHER, self.spawn_file],
                env=inherited,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self.process.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def wait(self) -> int:
        return self.process.wait(HANG)

    def wait_for_log(self, text: str) -> None:
        wait_until(lambda: text in self.log or self.process.poll() is not None, f"{text!r} in log")
        assert text in self.log

    def wait_for_stage_two(self) -> None:
        def serving() -> bool:
            return "--serve" in cmdline(self.pid) or self.process.poll() is not None

        wait_until(serving, "stage two")
        assert self.process.poll() is None, self.log

    def end(self) -> None:
        """Kill what is left of it, with the kernels in its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(HANG)


def cmdline(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]


def environ(pid: int) -> dict[str, str]:
    """The environment that the process was started with."""
    return parse_env_file(Path(f"/proc/{pid}/environ"))


def parse_env_file(path: Path) -> dict[str, str]:
    entries = path.read_bytes().decode(errors="replace").split("\0")[:-1]
    return dict(entry.split("=", 1) for entry in entries)


def every_cmdline() -> Iterator[bytes]:
    """The arguments of every process on this machine."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes()


def has_ended(pid: int) -> bool:
    """Whether the process is gone, or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def listening_inodes(port: int) -> list[str]:
    """The inodes of all sockets that listen on the port, whatever the address (proc(5))."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                found.append(fields[9])
    return found


def socket_inodes(pid: int) -> set[str]:
    """The inodes of the sockets that the process has open."""
    links = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(path.readlink()))
    return {link[8:-1] for link in links if link.startswith("socket:[")}
