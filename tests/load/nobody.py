"""Seeing files as an account that may not read all of them: root may, and tests may run as root."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NOBODY = 65534  # on Debian


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be nobody for a while if we are root; otherwise we are as good as nobody already."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def readable_folder() -> Iterator[Path]:
    """A folder all may look into: pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="berth-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
