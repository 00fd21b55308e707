"""``berth restore FILE``: back to what a backup holds."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from hub_config.cli.operating import operate, say
from hub_config.cli.sites import Outcome
from hub_config.ops.backup import restore
from hub_config.ops.files import locked
from hub_config.ops.layout import Layout
from hub_config.ops.units import Systemd


def run(args: argparse.Namespace) -> Outcome:
    """Check it, stop the hub, put everything back, start it."""

    def work(layout: Layout) -> Iterator[str]:
        with locked(layout.lock):
            restore(layout, Systemd(), Path(args.file), say, force=args.force)
        yield from ()

    return operate(args, work)
