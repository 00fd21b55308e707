"""``berth backup``: everything that a hub cannot be made again from, in one file."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from hub_config.cli.operating import operate
from hub_config.cli.sites import Outcome
from hub_config.ops.backup import backup
from hub_config.ops.layout import Layout


def run(args: argparse.Namespace) -> Outcome:
    """Write one; the hub runs on."""

    def work(layout: Layout) -> Iterator[str]:
        return backup(layout, Path(args.to) if args.to else layout.backups, args.keep)

    return operate(args, work)
