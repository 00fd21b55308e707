"""For all tests: the fixtures of real machinery, and a marker for each folder that needs some."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# A busy machine is no counterexample, and what was found belongs into a test, not into a folder.
hypothesis.settings.register_profile("berth", deadline=None, database=None)
hypothesis.settings.load_profile("berth")

# Shells let what they run in the background ignore these, and every program under test would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

pytest_plugins = [
    "tests.testbed.plugin", "tests.support.people", "tests.support.browser",
    "tests.support.lanes", "tests.deploy.figures",
]  # fmt: skip

HERE = Path(__file__).parent
TIERS = ("hub", "ldap", "edge", "cluster", "chaos", "browser", "chromium", "deploy")


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """Keep to the test what a program sets that is run within this process."""
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = item.path.relative_to(HERE).parts[0]
        if tier in TIERS:
            item.add_marker("browser" if tier == "chromium" else tier)
