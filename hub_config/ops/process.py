"""Commands of the operations: argument lists, a timeout, a clean environment, rights given up."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hub_config.ops.failure import Failed

_CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def run(
    argv: Sequence[str | Path],
    *,
    user: str = "",
    data: bytes = b"",
    timeout: float = 60,
    env: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """Return the finished command, whatever its exit code. Raises Failed if it cannot be run.

    *user*: who it runs as, if we are root; anybody else can only be themselves.
    """
    command = [str(word) for word in argv]
    try:
        return subprocess.run(
            command, input=data, capture_output=True, timeout=timeout, cwd="/",
            env={**_CLEAN, **(env or {})}, check=False, **_rights(user),
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{command[0]} did not end within {timeout:g} s") from error
    except OSError as error:
        raise Failed(f"{command[0]} cannot be run: {error.strerror}") from error


def must(argv: Sequence[str | Path], **options: Any) -> bytes:
    """Return what the command printed. Raises Failed with its words if it was not content."""
    done = run(argv, **options)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace")
        raise Failed(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{words[-2000:]}")
    return done.stdout


def _rights(user: str) -> dict[str, Any]:
    if not user or os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Failed(f"there is no user {user} — install Berth first") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
