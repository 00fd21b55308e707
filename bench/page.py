"""The page of a run, for docs/bench.md: what was measured how, and the table."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figures import rows
from bench.plan import PLANS
from bench.report import Values, failures, table
from tests.testbed.shell import must

_TEXT = Path(__file__).with_suffix(".md").read_text()


def page(kept: dict[str, Any]) -> str:
    """Return the page of what bench.json has."""
    slurm = must(["/usr/sbin/slurmctld", "-V"]).split()[1]
    values: Values = kept["values"]
    return _TEXT.format(
        machine=f"{_cores()} cores, Python {platform.python_version()}, Slurm {slurm}",
        runs="".join(f"- {line}\n" for line in _runs(kept["runs"])),
        table=table(rows(values)),
        failures="".join(f"\nFailed: {line}\n" for line in failures(values)),
        outage=_outage(kept["runs"]),
    )


def _runs(runs: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Return a line for each run: when, what, and how busy the machine was."""
    for day in sorted({run["day"] for run in runs.values()}):
        names = [name for name, run in runs.items() if run["day"] == day]
        run = runs[names[0]]
        yield (
            f"{day}, {run['minutes']:.0f} minutes, load {run['load']:.1f} at its beginning: "
            f"{', '.join(names)} (BENCH={run['plan']})"
        )


def _outage(runs: dict[str, dict[str, Any]]) -> str:
    plans = [PLANS[run["plan"]] for name, run in runs.items() if name.startswith("outage ")]
    return " and ".join(f"{plan.outage:.0f} s" for plan in plans) or "for a while"


def _cores() -> int:
    return os.cpu_count() or 1
