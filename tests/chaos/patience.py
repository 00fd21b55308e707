"""Waiting for something that may not come, and telling how long it took."""

import time
from collections.abc import Callable
from typing import Any

import requests


def within(condition: Callable[[], Any], seconds: float, pause: float = 0.4) -> float | None:
    """Return after how many seconds *condition* became true; None: not within *seconds*."""
    began = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - began
        except requests.RequestException:
            pass  # a hub that is away just now has not got there
        if time.monotonic() - began > seconds:
            return None
        time.sleep(pause)
