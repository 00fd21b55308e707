"""``python -m tests.testbed up|down [--purge]|status|env``."""

import argparse
import sys

from tests.testbed import users
from tests.testbed.gridengine import GridBed
from tests.testbed.layout import HOME
from tests.testbed.shell import BedError
from tests.testbed.slurm import SlurmBed


def main() -> int:
    """Do what the command line asks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.testbed", description=__doc__)
    parser.add_argument("action", choices=("up", "down", "status", "env"))
    parser.add_argument(
        "--purge",
        action="store_true",
        help="with down: remove its files, with the last bed the users",
    )
    asked = parser.parse_args()
    bed = SlurmBed()
    try:
        return _do(bed, asked.action, asked.purge)
    except BedError as error:
        print(f"test bed: {error}", file=sys.stderr)
        return 1


def _do(bed: SlurmBed, action: str, purge: bool) -> int:
    if action == "up":
        bed.up()
    elif action == "down":
        if purge:
            GridBed(bed.layout).down()  # its files lie in the same folder
        bed.down(purge=purge)
        if purge and not list(HOME.glob("bed*")):  # all beds share the users
            users.remove()
    elif action == "env":
        print("\n".join(f"export {key}={value}" for key, value in bed.env.items()))
    else:
        running = bed.status()
        print("\n".join(f"{'up  ' if up else 'down'} {name}" for name, up in running.items()))
        return 0 if all(running.values()) else 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
