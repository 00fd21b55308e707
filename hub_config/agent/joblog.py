"""The end of a job's own log, for the person whose server did not start.

It runs as the user (process.call): what the user may not read, nobody gets to see.
"""

import os
import stat
from pathlib import Path, PurePosixPath

from hub_config.agent import Refusal

LINES, BYTES = 20, 8192
"""What is read at most, from the end."""

# A pipe in the place of the log must not be waited for.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def tail(file: PurePosixPath) -> str:
    """Return the last lines of *file*, a real file; empty: there is none. Raises Refusal."""
    try:
        with os.fdopen(os.open(Path(file), _OPEN), "rb") as handle:
            status = os.fstat(handle.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Refusal(f"{file} is no file")
            handle.seek(max(0, status.st_size - BYTES))
            data = handle.read(BYTES)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from error
    return _last_lines(data, cut=status.st_size > BYTES)


def _last_lines(data: bytes, *, cut: bool) -> str:
    lines = data.decode(errors="replace").split("\n")
    if cut and len(lines) > 1:
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(map(_shown, lines[-LINES:]))


def _shown(line: str) -> str:
    """Return *line* without what would steer a terminal or a page."""
    return "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in line.rstrip("\r"))
