"""``berth schema site|profiles|kernels``: the JSON Schema for an editor."""

import argparse

from hub_config.cli.sites import Outcome
from hub_config.schema import text


def run(args: argparse.Namespace) -> Outcome:
    """Return the schema."""
    return 0, text(args.file).splitlines()
