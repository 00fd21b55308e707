"""Accounts of users, and reservations."""

from tests.testbed import daemons, processes
from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SLURM, Stage


def record(to: Recorder) -> None:
    """Record both."""
    to.save("sacctmgr-alice", "a user with two accounts, one of them in one partition only",
            SLURM.memberships("alice"))  # fmt: skip
    to.save("sacctmgr-dave", "a user without any account", SLURM.memberships("dave"))
    to.save("sacctmgr-unknown", "a user that does not exist", SLURM.memberships("nosuch"))
    to.save("reservations-none", "no reservation", SLURM.reservations())
    with to.bed.reservation():
        to.save("reservations-one", "one reservation", SLURM.reservations())
        with to.bed.reservation("maintenance", "root", "g1"):
            to.save("reservations-two", "two reservations", SLURM.reservations())
    _kinds(to, Stage(to.bed))
    _faults(to)


def _faults(to: Recorder) -> None:
    processes.stop(daemons.SLURMDBD, to.bed.layout.root)
    to.save("sacctmgr-slurmdbd-down", "slurmdbd does not run", SLURM.memberships("alice"))
    daemons.start_slurmdbd(to.bed.layout)
    processes.stop(daemons.MUNGED, to.bed.layout.root)
    to.save("sacctmgr-munge-down", "munged does not run on the machine that asks",
            SLURM.memberships("alice"))  # fmt: skip
    daemons.start_munged(to.bed.layout)


def _kinds(to: Recorder, stage: Stage) -> None:
    create = ("create", "reservation", "duration=120")
    stage.control(*create, "reservationname=repair", "starttime=now+1days", "nodes=c[1-2],g1",
                  "flags=maint,ignore_jobs", "users=root")  # fmt: skip
    stage.control(*create, "reservationname=course", "starttime=2031-01-02T03:04:05",
                  "partitionname=compute", "nodecnt=1", "accounts=bm0146,mh0010")  # fmt: skip
    stage.control(*create, "reservationname=others", "starttime=now+2days", "nodes=l1",
                  "users=-bob,-carol")  # fmt: skip
    to.save("reservations-kinds", "maintenance of many nodes, one for accounts in a partition, one "
            "that shuts people out", SLURM.reservations())  # fmt: skip
    for name in ("repair", "course", "others"):
        stage.control("delete", f"reservationname={name}")
