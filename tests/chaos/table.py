"""The outcomes, kept in docs/chaos.json, and the page that is made of them."""

import json
import threading
from pathlib import Path
from typing import Any

from tests.chaos.scenario import Scenario
from tests.chaos.scenarios import SCENARIOS

DOCS = Path(__file__).resolve().parents[2] / "docs"
RESULTS, PAGE = DOCS / "chaos.json", DOCS / "chaos.md"
TEMPLATE = Path(__file__).with_name("page.md.in")
_LOCK = threading.Lock()


def results() -> dict[str, dict[str, Any]]:
    """Return id -> side -> outcome, as far as it was ever run."""
    found: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found


def keep(scenario: Scenario, side: str, outcome: dict[str, Any]) -> None:
    """Store an outcome in the place of the one before, and write the page anew."""
    with _LOCK:
        known = results()
        known.setdefault(scenario.id, {})[side] = outcome
        RESULTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
        write_page()


def page(known: dict[str, dict[str, Any]]) -> str:
    """Return the page with the table of these results."""
    rows = [row(scenario, known.get(scenario.id, {})) for scenario in SCENARIOS]
    head = ["| | fault | counted | Berth | stock | wanted |", "|---|---|---|---|---|---|"]
    return TEMPLATE.read_text().replace("@TABLE@", "\n".join([*head, *rows]))


def row(scenario: Scenario, sides: dict[str, Any]) -> str:
    """Return one line of the table; a cell that missed its target says so."""
    cells = [_cell(sides.get(name)) for name in ("ours", "stock")]
    return (
        f"| {' | '.join((scenario.id, scenario.fault, scenario.unit, *cells, scenario.target))} |"
    )


def _cell(outcome: dict[str, Any] | None) -> str:
    if outcome is None:
        return "not run"
    text = str(outcome["cell"]).replace("|", "/").replace("\n", " ")
    return text if outcome["good"] else f"**{text}**"


def write_page() -> None:
    """Make docs/chaos.md of docs/chaos.json."""
    PAGE.write_text(page(results()))
