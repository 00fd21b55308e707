"""Accounts of users, and reservations."""

from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SLURM


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
