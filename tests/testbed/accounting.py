"""What the accounting database says: projects, qualities of service, and who may use which.

dave has no association at all. alice may use mh0010 in the partition ``shared`` only, so that Slurm
itself refuses mh0010 elsewhere. Only one job at a time runs in QOS ``express``.
"""

from typing import NamedTuple

from tests.testbed.layout import Layout
from tests.testbed.shell import BedError, must, run

SACCTMGR = "/usr/bin/sacctmgr"
ACCOUNTS = ("bm0146", "mh0010", "miklip")
#: QOS -> the limits that sacctmgr sets on it.
QOS = {
    "express": ("Priority=1000", "MaxJobsPerUser=1", "MaxWall=01:00:00"),
    "training": ("Priority=500",),
}
_THERE_ALREADY = ("Nothing new added", "already exists")


class Association(NamedTuple):
    """One row: who may charge which account, in which partition ("" is any), with which QOS."""

    user: str
    account: str
    partition: str
    qos: str


ASSOCIATIONS = {
    Association("alice", "bm0146", "", "express,normal"),
    Association("alice", "mh0010", "shared", "express,normal"),
    Association("bob", "mh0010", "", "normal"),
    Association("carol", "miklip", "", "normal"),
}


def ensure(layout: Layout) -> None:
    """Bring the accounting database to what this module says, unless it already is so."""
    if associations(layout) == ASSOCIATIONS:
        return
    register(layout)
    for account in ACCOUNTS:
        _add(layout, "account", account, "Cluster=berth")
    for qos, limits in QOS.items():
        _add(layout, "qos", qos, *limits)
    for row in sorted(ASSOCIATIONS):
        partition = [f"Partition={row.partition}"] if row.partition else []
        _add(layout, "user", row.user, f"Account={row.account}", f"QosLevel={row.qos}", *partition)
    found = associations(layout)
    if found != ASSOCIATIONS:
        raise BedError(
            f"the accounting database holds {sorted(found)}, not {sorted(ASSOCIATIONS)}: "
            f"run `python -m tests.testbed down --purge` and try again"
        )


def register(layout: Layout) -> None:
    """Make the database know the cluster, and nobody who uses it."""
    _add(layout, "cluster", "berth")


def associations(layout: Layout) -> set[Association]:
    """Return the associations of users, as slurmdbd has them (root's own left out)."""
    argv = [SACCTMGR, "--noheader", "--parsable2", "show", "associations"]
    listed = must([*argv, "format=User,Account,Partition,QOS"], env=layout.env)
    rows = (line.split("|") for line in listed.splitlines())
    return {Association(*row) for row in rows if row[0] not in ("", "root")}


def _add(layout: Layout, *what: str) -> None:
    done = run([SACCTMGR, "--immediate", "add", *what], env=layout.env)
    said = done.stdout + done.stderr
    # sacctmgr ends with 1 when the entity is there already; ensure() checks the outcome.
    if done.returncode != 0 and not any(word in said for word in _THERE_ALREADY):
        raise BedError(f"sacctmgr add {' '.join(what)}: {said}")
