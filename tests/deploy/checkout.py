"""A copy of the checkout to deploy from, so that a test may change what will be installed."""

import shutil
from pathlib import Path

from tests.testbed.install import CHECKOUT

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".*_cache", ".demo", ".hypothesis", "node_modules", "dist", "build",
    "__pycache__", "tests",
)  # fmt: skip


def copy(folder: Path) -> Path:
    """Copy the checkout, less what is made from it, to a new folder and return that."""
    return Path(shutil.copytree(CHECKOUT, folder, ignore=_LEFT_OUT, symlinks=True))
