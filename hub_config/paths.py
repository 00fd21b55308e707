"""Where the files that are not Python lie: in the checkout, or in the installed wheel."""

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent


def templates() -> Path:
    """Return the folder of pages, job scripts and static files."""
    return _shared("templates")


def examples() -> Path:
    """Return the folder of example sites."""
    return _shared("examples")


def _shared(name: str) -> Path:
    checkout = _CHECKOUT / name
    return checkout if checkout.is_dir() else Path(sys.prefix, "share", "berth", name)
