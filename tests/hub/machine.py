"""What /proc says of other processes; each may end while it is looked at."""

from pathlib import Path


def children(parent: int) -> list[str]:
    """Return the command lines of the child processes of *parent*."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [line for pid in pids if _parent(pid) == parent and (line := _command(pid))]


def command_lines() -> list[str]:
    """Return the command lines of all processes that we may see."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [line for pid in pids if (line := _command(pid))]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""
