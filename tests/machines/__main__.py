"""``python -m tests.machines up [bare|cluster] | down | status | ssh NAME [COMMAND …]``."""

import argparse
import os
import sys

from tests.machines.cluster import Cluster
from tests.machines.layout import SUITES, Layout, instance
from tests.machines.machine import Machine
from tests.machines.room import MachineRoom
from tests.testbed.shell import BedError


def main() -> int:
    """Do what the command line asks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    suite = argparse.ArgumentParser(add_help=False)
    suite.add_argument("--suite", choices=SUITES, default="bookworm", help="Debian release")
    actions = parser.add_subparsers(dest="action", required=True)
    up, _, _, ssh = (
        actions.add_parser(name, parents=[suite]) for name in ("up", "down", "status", "ssh")
    )
    up.add_argument("what", nargs="?", choices=("bare", "cluster"), default="bare")
    ssh.add_argument("name")
    ssh.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    try:
        return _do(MachineRoom(Layout(instance(), asked.suite)), asked)
    except BedError as error:
        print(f"machines: {error}", file=sys.stderr)
        return 1


def _do(room: MachineRoom, asked: argparse.Namespace) -> int:
    if asked.action == "up":
        return _up(room, asked.what)
    if asked.action == "down":
        room.close()
        return 0
    if asked.action == "ssh":
        argv = Machine(room.layout, asked.name).ssh(*asked.command)
        os.execv(argv[0], argv)  # noqa: S606 - an argument list, no shell
    return _status(room)


def _up(room: MachineRoom, what: str) -> int:
    room.open()
    hub = room.add("hub")
    if what == "cluster":
        cluster = Cluster(room)
        cluster.up()
        cluster.trust(hub)
    hub.boot()
    return _status(room)


def _status(room: MachineRoom) -> int:
    for machine in room.machines():
        state = "up  " if machine.leader else "down"
        print(f"{state} {machine.name:4} {machine.address:15} {machine.full_name}")
    if machines := room.machines():
        print(" ".join(["ssh", *room.layout.ssh_options, f"root@{machines[0].address}"]))
    return 0 if machines and all(machine.leader for machine in machines) else 3


if __name__ == "__main__":
    sys.exit(main())
