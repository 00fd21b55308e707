"""Fixtures of the login tests: ``clock`` (time that passes when a test says so)."""

import pytest


class Clock:
    """Seconds since some start, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()
