"""``berth secrets ensure|rotate NAME``: the secrets of this VM, which are never printed."""

import argparse
from collections.abc import Iterator

from hub_config.cli.operating import operate
from hub_config.cli.sites import Outcome
from hub_config.ops import secrets
from hub_config.ops.layout import Layout
from hub_config.ops.units import Systemd


def run(args: argparse.Namespace) -> Outcome:
    """Make what is missing, or give one of them a new value."""
    if args.action == "rotate" and len(args.names) != 1:
        return 2, ["name one secret: berth secrets rotate NAME"]

    def work(layout: Layout) -> Iterator[str]:
        if args.action == "ensure":
            yield from secrets.ensure(layout.secrets, args.names)
            return
        [name] = args.names
        units = secrets.units(name)
        secrets.rotate(layout.secrets, name)
        yield f"{name} has a new value: {secrets.effect(name)}"
        if not args.restart:
            yield f"it counts from the next start on: systemctl restart {' '.join(units)}"
            return
        for unit in units:
            Systemd().restart(unit)
            yield f"restarted {unit}"

    return operate(args, work)
