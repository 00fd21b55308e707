"""``python -m bench [--plan PLAN] [--only PART,…] [--out FOLDER]``: see docs/bench.md."""

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
from bench.plan import PLANS
from bench.report import table
from bench.run import PARTS, Results, Run, plain
from bench.stage import Stage
from bench.usage import usage

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Do what the command line asks; 1: ours missed a target."""
    asked = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    if asked.remove_users:
        people.remove()
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    out = asked.out or ROOT / ("build/bench" if asked.plan == "quick" else "docs")
    out.mkdir(parents=True, exist_ok=True)
    file = out / "bench.json"
    try:
        _measure(asked.plan, asked.only, file)
    finally:  # what was measured until it was ended is worth a page, too
        kept = json.loads(file.read_text()) if file.exists() else {"runs": {}, "values": {}}
        (out / "bench.md").write_text(page(kept))
    found = rows(kept["values"])
    sys.stdout.write(table(found))
    return 1 if any(row.met is False for row in found) else 0


def _measure(name: str, parts: list[str], file: Path) -> None:
    """Measure *parts* into *file*, which keeps what it has of the other parts."""
    plan = PLANS[name]
    known = json.loads(file.read_text()) if file.exists() and set(parts) != set(PARTS) else {}
    about = {"day": time.strftime("%Y-%m-%d %H:%M"), "load": os.getloadavg()[0], "plan": name}
    began = time.monotonic()

    def keep(results: Results) -> None:
        minutes = (time.monotonic() - began) / 60
        runs = known.get("runs", {}) | dict.fromkeys(results, about | {"minutes": minutes})
        values = known.get("values", {}) | plain(results)
        file.write_text(json.dumps({"runs": runs, "values": values}, indent=1) + "\n")

    alone: Results = {}
    if "usage" in parts:  # needs neither Slurm nor users
        alone["usage"] = {"ours": [usage(plan.events)]}
        keep(alone)
    if not (others := [part for part in parts if part != "usage"]):
        return
    stage = Stage(max(*plan.sizes, plan.storm, plan.waiting) + LOADERS)
    try:
        Run(plan, stage, lambda results: keep(alone | results)).measure(others)
    finally:
        stage.down()


def _parts(text: str) -> list[str]:
    if unknown := set(text.split(",")) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: known are {', '.join(PARTS)}")
    return text.split(",")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--plan", choices=PLANS, default="full", help="how much [full]")
    parser.add_argument(
        "--only",
        type=_parts,
        default=list(PARTS),
        metavar="PART,…",
        help=f"measure these of {', '.join(PARTS)}, and keep what is known of the others",
    )
    parser.add_argument(
        "--out", type=Path, help="folder of the results [docs; of a quick look build/bench]"
    )
    parser.add_argument("--remove-users", action="store_true", help="remove the bench's users")
    return parser


if __name__ == "__main__":
    sys.exit(main())
