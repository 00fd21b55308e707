"""For all tests: the fixtures of real machinery, and a marker for each folder that needs some."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.testbed.plugin", "tests.support.people"]

HERE = Path(__file__).parent
TIERS = ("hub", "cluster", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = item.path.relative_to(HERE).parts[0]
        if tier in TIERS:
            item.add_marker(tier)
