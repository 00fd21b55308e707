"""Finds and stops the daemons of a test bed by looking at /proc.

There are no pid files to go stale: a daemon is ours when it runs the expected program and names our
folder in its command line or environment.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

from tests.testbed.shell import BedError


def find(program: str, root: Path, *words: str) -> list[int]:
    """Return the pids of ``program`` belonging to the bed at ``root``, parents before children.

    ``words`` must all be arguments of the process, for instance ``-N c1`` of a certain slurmd.
    """
    real = os.path.realpath(program)
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return sorted(pid for pid in pids if _is_ours(pid, real, root, words))


def _is_ours(pid: int, program: str, root: Path, words: tuple[str, ...]) -> bool:
    proc = Path("/proc") / str(pid)
    try:
        if str((proc / "exe").readlink()).removesuffix(" (deleted)") != program:
            return False
        arguments = (proc / "cmdline").read_bytes()
        everything = arguments + b"\0" + (proc / "environ").read_bytes()
    except OSError:  # it has just ended, or is a kernel thread
        return False
    wanted = set(map(str.encode, words))
    return f"{root}/".encode() in everything and wanted <= set(arguments.split(b"\0"))


def stop(program: str, root: Path, *words: str, patience: float = 15) -> None:
    """End these processes: SIGTERM, then SIGKILL after ``patience`` seconds."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        for pid in find(program, root, *words):
            _kill(pid, sig)
        if _gone(program, root, words, patience):
            return
    raise BedError(f"{program} of {root} does not end: {find(program, root, *words)}")


def _kill(pid: int, sig: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sig)


def _gone(program: str, root: Path, words: tuple[str, ...], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while find(program, root, *words):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
