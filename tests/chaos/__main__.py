"""``python -m tests.chaos [--small] [--side ours|stock] [R1 R2 ...]``: run, and write the table.

Both sides run at the same time, each on a Slurm of its own. What is not run keeps its figures.
"""

import argparse
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from tests.chaos import table
from tests.chaos.ours import Ours
from tests.chaos.scenario import FULL, SMALL, Outcome, Scenario, Size
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.side import Side
from tests.chaos.stock import Stock
from tests.testbed import packages

SIDES: dict[str, type[Side]] = {"ours": Ours, "stock": Stock}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--small", action="store_true", help="the numbers of make test")
    parser.add_argument("--side", choices=SIDES, action="append", help="left out: both")
    parser.add_argument("ids", nargs="*", metavar="ID", help="left out: all")
    asked = parser.parse_args()
    size = SMALL if asked.small else FULL
    chosen = [one for one in SCENARIOS if not asked.ids or one.id in asked.ids]
    packages.ensure("cluster", "machines")
    with ThreadPoolExecutor(len(SIDES)) as pool:
        for _ in pool.map(lambda name: run(name, chosen, size), asked.side or SIDES):
            pass


def run(name: str, scenarios: Iterable[Scenario], size: Size) -> None:
    """Run these scenarios against one side, and keep each outcome as it comes."""
    side = SIDES[name]()
    try:
        side.open()
        for scenario in scenarios:
            began = time.monotonic()
            outcome = attempt(side, scenario, size)
            took = time.monotonic() - began
            print(f"{scenario.id} {name}: {outcome.cell} ({took:.0f} s)", flush=True)
            table.keep(scenario, name, {**asdict(outcome), "size": asdict(size), "took": took})
    finally:
        side.close()


def attempt(side: Side, scenario: Scenario, size: Size) -> Outcome:
    """Run one; a side that does not even get there has its own words in the table."""
    try:
        return scenario.run(side, size)
    except (AssertionError, OSError) as error:
        return Outcome(f"not measured: {error}"[:200], good=False)
    finally:
        side.clean()


if __name__ == "__main__":
    main()
