"""Runs a hub that is killed at a labelled step: ``hub_main.py POINTS.json module:function ...``.

POINTS maps a label to ``[module, class, method, "before" or "after"]``. The label in the file
``kill-at`` beside POINTS is the step at which the process gets SIGKILL; the file goes with it, so
that the next start lives. A step that no longer exists is an error when the hub starts.
"""

import functools
import importlib
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

POINTS = Path(sys.argv[1])
_KILL_AT = POINTS.with_name("kill-at")


def strike(label: str) -> None:
    """Die here if this is the step."""
    if _KILL_AT.exists() and _KILL_AT.read_text() == label:
        _KILL_AT.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(label: str, module: str, owner: str, method: str, when: str) -> None:
    """Put the step before or after a method."""
    found = getattr(importlib.import_module(module), owner)
    setattr(found, method, _struck(label, getattr(found, method), when))


def _struck(label: str, inner: Callable[..., Any], when: str) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(inner):

        @functools.wraps(inner)
        async def awaited(*args: Any, **options: Any) -> Any:
            if when == "before":
                strike(label)
            result = await inner(*args, **options)
            if when == "after":
                strike(label)
            return result

        return awaited

    @functools.wraps(inner)
    def called(*args: Any, **options: Any) -> Any:
        if when == "before":
            strike(label)
        result = inner(*args, **options)
        if when == "after":
            strike(label)
        return result

    return called


def main() -> None:
    module, _, function = sys.argv[2].partition(":")
    entry = getattr(importlib.import_module(module), function)
    for label, point in json.loads(POINTS.read_text()).items():
        wrap(label, *point)
    sys.argv[:] = [sys.argv[2], *sys.argv[3:]]
    entry()


if __name__ == "__main__":
    main()
