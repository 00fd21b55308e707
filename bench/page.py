"""The page of a run, for docs/bench.md: what was measured how, and the table."""

import os
import platform
import time
from pathlib import Path

from bench.plan import FULL, Plan
from bench.report import Row, table
from tests.testbed.shell import must

_TEXT = Path(__file__).with_suffix(".md").read_text()


def page(found: list[Row], failed: list[str], plan: Plan, minutes: float, load: float) -> str:
    """Return the page."""
    slurm = must(["/usr/sbin/slurmctld", "-V"]).split()[1]
    return _TEXT.format(
        kind="full" if plan == FULL else "BENCH=quick",
        day=time.strftime("%Y-%m-%d"),
        minutes=minutes,
        machine=f"{_cores()} cores, Python {platform.python_version()}, Slurm {slurm}",
        load=load,
        table=table(found),
        failures="".join(f"\nFailed: {line}\n" for line in failed),
        outage=plan.outage,
        storm=plan.storm,
    )


def _cores() -> int:
    return os.cpu_count() or 1
