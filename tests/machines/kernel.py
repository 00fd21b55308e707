"""Limits of this computer's kernel that many machines share, since root is the same user in all."""

from pathlib import Path

#: Below /proc/sys -> what a dozen machines may need: each systemd holds several inotify instances.
_AT_LEAST = {
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524288,
}


def raise_limits() -> None:
    """Raise what is lower; nothing is ever lowered, also not at the end."""
    for name, wanted in _AT_LEAST.items():
        path = Path("/proc/sys", name)
        if int(path.read_text()) < wanted:
            path.write_text(str(wanted))
