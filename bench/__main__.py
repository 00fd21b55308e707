"""``python -m bench [--quick] [--only PART,…] [--out FOLDER]``: see docs/bench.md."""

import argparse
import json
import logging
import os
import signal
import sys
import time
from pathlib import Path

from bench import people
from bench.figures import rows
from bench.load import LOADERS
from bench.page import page
from bench.plan import FULL, QUICK
from bench.report import failures, table
from bench.run import Results, Run, plain
from bench.stage import Stage

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Do what the command line asks; 1: a measurement failed, or ours missed a target."""
    asked = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    if asked.remove_users:
        people.remove()
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    plan = QUICK if asked.quick else FULL
    out = asked.out or (ROOT / "build" / "bench" if asked.quick or asked.only else ROOT / "docs")
    out.mkdir(parents=True, exist_ok=True)
    began, load = time.time(), os.getloadavg()[0]

    def keep(results: Results) -> None:
        (out / "bench.json").write_text(json.dumps(plain(results), indent=1) + "\n")

    stage = Stage(max(*plan.sizes, plan.storm, plan.waiting) + LOADERS)
    try:
        run = Run(plan, stage, keep)
        for name, part in run.parts().items():
            if not asked.only or name in asked.only.split(","):
                part()
    finally:
        stage.down()
    values = plain(run.results)
    keep(values)
    found = rows(values)
    minutes = (time.time() - began) / 60
    (out / "bench.md").write_text(page(found, failures(values), plan, minutes, load))
    sys.stdout.write(table(found))
    return 1 if failures(values) or any(row.met is False for row in found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, some minutes")
    parser.add_argument("--only", default="", help="latency, form, storm, waiting, standing")
    parser.add_argument(
        "--out", type=Path, help="folder of the results [docs; build/bench with --quick or --only]"
    )
    parser.add_argument("--remove-users", action="store_true", help="remove the bench's users")
    return parser


if __name__ == "__main__":
    sys.exit(main())
