"""Runs the tools the test bed needs: argv lists, a clean environment, always a time limit."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
CLEAN = {"PATH": PATH, "LANG": "C.UTF-8"}


class BedError(RuntimeError):
    """The test bed cannot do what was asked; the text says what was seen and what to do."""


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    input: str | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a tool in a clean environment and return whatever it did; ``timeout`` in seconds."""
    return subprocess.run(
        list(argv),
        env={**CLEAN, **(env or {})},
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd="/",
    )


def must(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    input: str | None = None,
    timeout: float = 120,
) -> str:
    """Like ``run``, but return stdout and raise BedError when the tool fails."""
    done = run(argv, env=env, input=input, timeout=timeout)
    if done.returncode != 0:
        raise BedError(
            f"{' '.join(argv)} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}"
        )
    return done.stdout


def run_as(
    user: str,
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    input: str | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a command as *user*, in the user's home, with a login-like environment and *env*."""
    entry = pwd.getpwnam(user)
    identity = {"HOME": entry.pw_dir, "USER": user, "LOGNAME": user, "SHELL": entry.pw_shell}
    return subprocess.run(
        list(argv),
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=os.getgrouplist(user, entry.pw_gid),
        env={**CLEAN, **identity, **env},
        cwd=entry.pw_dir,
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=True,
        errors="replace",  # squeue cuts comments anywhere, also within a character
        timeout=timeout,
    )


def tail(path: Path, lines: int = 15) -> str:
    """Return the end of a log file, for error texts."""
    if not path.exists():
        return f"({path} does not exist)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
