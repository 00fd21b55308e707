"""The chart library that is served is the one that is locked."""

from pathlib import Path

from tests.support.hubs import ROOT

SERVED = ROOT / "services/usage/static"
LOCKED = ROOT / "node_modules/chart.js"


def test_the_library_is_the_one_of_the_lock() -> None:
    for served, locked in _files().items():
        assert served.read_bytes() == locked.read_bytes()


def test_it_carries_its_licence() -> None:
    head = (SERVED / "chart.umd.min.js").read_text()[:400]
    assert "Released under the MIT License" in head
    assert "Permission is hereby granted" in (SERVED / "chart.LICENSE.md").read_text()


def _files() -> dict[Path, Path]:
    return {
        SERVED / "chart.umd.min.js": LOCKED / "dist/chart.umd.min.js",
        SERVED / "chart.LICENSE.md": LOCKED / "LICENSE.md",
    }
