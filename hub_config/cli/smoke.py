"""``berth smoke``: every preset as an ordinary user, and a table of what became of each."""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from hub_config.cli.sites import Outcome
from hub_config.cli.visitor import password, tell, url
from hub_config.ops.failure import Failed
from hub_config.visit.smoke import Plan, Result, good, smoke

_PROMISES = ("cores", "memory", "gpus", "walltime")
_TIMES = ("queue", "boot", "cell", "stop")


def run(args: argparse.Namespace) -> Outcome:
    """Return 0 if every preset that began keeps its promises, and at least one did."""
    try:
        plan = Plan(
            url=url(args),
            user=args.user,
            password=password(args),
            ca=Path(args.ca) if args.ca else None,
            presets=args.preset,
            parallel=args.parallel,
            queue_limit=args.queue_limit,
            start_limit=args.start_limit,
        )
        results = smoke(plan, tell)
    except Failed as error:
        return 1, str(error).splitlines()
    lines = [_as_json(results)] if args.json else [*_table(results), "", *_verdict(results)]
    return 0 if good(results) else 1, lines


def _as_json(results: Sequence[Result]) -> str:
    return json.dumps([asdict(result) for result in results], indent=2, ensure_ascii=False)


def _table(results: Sequence[Result]) -> Iterator[str]:
    rows = [("preset", "result", *_PROMISES, *(f"{name} s" for name in _TIMES), "host")]
    rows += [_row(result) for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(f"{c:{w}}" for c, w in zip(row, widths, strict=True)).rstrip()


def _row(result: Result) -> tuple[str, ...]:
    checks = {check.name: check for check in result.checks}
    seen = ((checks[name].seen or "?") if name in checks else "-" for name in _PROMISES)
    times = (f"{result.seconds[n]:.1f}" if n in result.seconds else "-" for n in _TIMES)
    return (result.preset, result.outcome, *seen, *times, result.host)


def _verdict(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        if result.message:
            yield f"{result.preset}: {result.message}"
    unseen = {c.name for r in results for c in r.checks if c.good is None}
    if unseen:
        yield f"not to be seen from within the jobs here: {', '.join(sorted(unseen))}"
    count = sum(result.outcome == "ok" for result in results)
    yield f"{count} of {len(results)} presets are as they should be"
