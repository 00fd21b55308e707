"""One job of the local scheduler: its record on disk and the process that watches over it.

The watcher is what slurmstepd is to Slurm: it starts the script, holds it to its walltime,
ends it when asked to and writes down how it ended. Standard library only, Linux only (/proc).
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

KILL_WAIT = 5.0
"""Seconds between asking a job to end and killing it."""

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


@dataclass(frozen=True, slots=True)
class Process:
    """A process for good: a number alone may be another process tomorrow."""

    pid: int
    started: int
    """Clock ticks since boot: field 22 of /proc/<pid>/stat, proc(5)."""

    @classmethod
    def of(cls, pid: int) -> "Process":
        return cls(pid, int(_stat(pid)[19]))

    def alive(self) -> bool:
        try:
            fields = _stat(self.pid)
        except OSError:
            return False
        return int(fields[19]) == self.started and fields[0] != "Z"


@dataclass(slots=True, kw_only=True)
class Record:
    """What is known of a job. Times are seconds since the epoch, walltime is in seconds."""

    job_id: int
    uuid: str
    user: str
    walltime: int
    started: int
    watcher: Process
    script: Process
    server: str = ""
    state: str = "RUNNING"
    reason: str = ""
    ended: int = 0

    def write(self, folder: Path) -> None:
        """Replace the record in one step, so that nobody reads half of one."""
        draft = folder / f"{self.job_id}.draft"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(folder / f"{self.job_id}.json")

    @classmethod
    def read(cls, file: Path) -> "Record":
        data = json.loads(file.read_text())
        watcher, script = Process(**data.pop("watcher")), Process(**data.pop("script"))
        return cls(watcher=watcher, script=script, **data)

    def end(self, folder: Path, state: str, reason: str = "") -> None:
        self.state, self.reason, self.ended = state, reason, int(time.time())
        self.write(folder)


def adopt_orphans() -> None:
    """Make what a script leaves behind our child, wherever it has moved itself."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def watch(record: Record, child: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Wait for the script's end, its walltime or SIGTERM, then write down which it was."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    cause = _wait(child, record.walltime, {signal.SIGTERM, signal.SIGCHLD})
    if cause:
        record.state = "COMPLETING"
        record.write(folder)
        _signal_group(child.pid, signal.SIGTERM)
        _wait(child, KILL_WAIT, {signal.SIGCHLD})
    _kill_descendants(child)
    code = child.wait()
    if cause or code == 0:
        record.end(folder, cause or "COMPLETED")
    else:
        record.end(folder, "FAILED", f"exit code {code}")


def _wait(child: "subprocess.Popen[bytes]", seconds: float, signals: set[signal.Signals]) -> str:
    """Return "" at the end of *child*, else why the waiting ended: CANCELLED or TIMEOUT."""
    deadline = time.monotonic() + seconds
    while child.poll() is None:
        got = signal.sigtimedwait(signals, max(0.0, deadline - time.monotonic()))
        if got is None:
            return "TIMEOUT"
        if got.si_signo == signal.SIGTERM:
            return "CANCELLED"
    return ""


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it may have ended on its own meanwhile
        os.killpg(pid, number)


def _kill_descendants(child: "subprocess.Popen[bytes]") -> None:
    """Kill our children, and the children they leave us, until there are none."""
    while children := [pid for pid in _pids() if _parent(pid) == os.getpid()]:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            _ = child.wait() if pid == child.pid else os.waitpid(pid, 0)


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(_stat(pid)[1])
    except OSError:
        return 0


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the third on; the second may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
