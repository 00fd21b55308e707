"""Servers whose job has ended and that JupyterHub could not let go of.

When its database takes no change (disk full, locked), JupyterHub leaves the server as it is, or
"stopping" for ever, and does not try again (jupyterhub/user.py, User.stop).
"""

from collections.abc import Iterable
from typing import Any


class LeftOver:
    """Finds them: what looks left over twice in a row is."""

    def __init__(self) -> None:
        self._before: set[int] = set()

    def among(self, spawners: Iterable[Any]) -> list[Any]:
        """Return the spawners to clean up; call this every few seconds."""
        suspects = [spawner for spawner in spawners if _looks_left_over(spawner)]
        proven = [spawner for spawner in suspects if id(spawner) in self._before]
        self._before = {id(spawner) for spawner in suspects} - {id(spawner) for spawner in proven}
        return proven


def _looks_left_over(spawner: Any) -> bool:
    child = spawner.child_spawner
    if child is None or not child.uuid or not child.over:
        return False
    nobody_stops_it = spawner.pending == "stop" and not getattr(spawner, "_stop_future", None)
    return bool(spawner.ready or nobody_stops_it)
