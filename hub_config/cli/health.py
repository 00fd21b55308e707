"""``berth health``: what the running hub says of itself."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from hub_config.auth.passwords import parse as parse_password
from hub_config.cli.operating import say
from hub_config.cli.sites import Outcome, aligned
from hub_config.load import load_site
from hub_config.ops import hubhealth
from hub_config.ops.failure import Failed
from hub_config.yaml12 import BadConfig


def run(args: argparse.Namespace) -> Outcome:
    """Print the report; 0: ok or degraded."""
    try:
        report = hubhealth.ask(load_site(Path(args.site) / "site.yml", parse_password))
    except BadConfig as error:
        return 1, aligned(error.problems)
    except Failed as error:
        return 1, [str(error)]
    if args.json:
        say(json.dumps(report, indent=2))
    else:
        for line in _lines(report):
            say(line)
    return (1 if report["status"] == "failing" else 0), []


def _lines(report: dict[str, object]) -> Iterator[str]:
    for name, value in report.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {json.dumps(inner)}" for key, inner in value.items())
        yield f"{name:10}  {value}"
