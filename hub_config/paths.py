"""Where the files that are not Python lie: in the checkout, or in the installed wheel."""

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
# Looked up now: links are turned under a process that runs.
_RELEASE = Path(sys.prefix).resolve().parent


def templates() -> Path:
    """Return the folder of pages, job scripts and static files."""
    return _shared("templates")


def examples() -> Path:
    """Return the folder of example sites."""
    return _shared("examples")


def release() -> str:
    """Return the name of the installed release that runs; empty: it is a checkout."""
    return _RELEASE.name if (_RELEASE / "release.json").is_file() else ""


def _shared(name: str) -> Path:
    checkout = _CHECKOUT / name
    return checkout if checkout.is_dir() else Path(sys.prefix, "share", "berth", name)
