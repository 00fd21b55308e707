"""What Slurm tells of budgets: limits, use, what it does about them, and parts of it away."""

import dataclasses
import os
import signal

from tests.testbed import daemons, processes
from tests.testbed.accounting import SACCTMGR
from tests.testbed.cluster import BERTH
from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SLURM, Stage
from tests.testbed.shell import must

SAFE = dataclasses.replace(
    BERTH, settings=("AccountingStorageEnforce=associations,limits,qos,safe",)
)
PLAIN = dataclasses.replace(
    BERTH, settings=("PriorityType=priority/basic", "AccountingStorageEnforce=associations")
)


def record(to: Recorder) -> None:
    """Record accounts without and with budgets, at every level, and faults."""
    stage = Stage(to.bed)
    to.save("sshare-no-limits", "nothing was used yet, and nothing is limited",
            SLURM.shares("alice"))  # fmt: skip
    to.save("sshare-unknown", "a user that does not exist", SLURM.shares("nosuch"))
    to.save("config-limits", "limits are enforced", SLURM.enforcement())
    _account(to, "add", "account", "climate")
    _account(to, "modify", "account", "name=bm0146", "set", "parent=climate")
    _account(to, "modify", "account", "name=climate", "set", "GrpTRESMins=cpu=6000")
    _account(to, "modify", "account", "name=bm0146", "set", "GrpTRESMins=cpu=1,gres/gpu=120")
    _account(to, "modify", "user", "name=alice", "account=mh0010", "set", "GrpTRESMins=billing=600")
    used = stage.submit("alice", "--cpus-per-task=40", "--time=10", script="#!/bin/bash\nsleep 5\n")
    stage.wait({used: "COMPLETED"})
    runs = stage.submit("alice", "--account=mh0010", "--time=10")
    waits = stage.submit("alice", "--cpus-per-task=2", "--time=10")
    stage.wait({runs: "RUNNING", waits: "PENDING AssocGrpCPUMinutesLimit"})
    to.save("sshare-budgets", "limits on an account that is used up, on one above it, and on a "
            "user's part of another, of which a job uses some just now",
            SLURM.shares("alice"))  # fmt: skip
    to.bed.cancel_all()
    _faults(to)


def record_safe(to: Recorder) -> None:
    """Record the setting with which only what fits is started."""
    to.save("config-safe", "only jobs that fit into what is left are started",
            SLURM.enforcement())  # fmt: skip


def record_plain(to: Recorder) -> None:
    """Record a cluster that counts no shares and enforces no limits."""
    to.save("sshare-no-priorities", "jobs have no priorities, so nobody counts what they use",
            SLURM.shares("alice"))  # fmt: skip
    to.save("config-none", "limits are not enforced", SLURM.enforcement())


def _account(to: Recorder, *what: str) -> None:
    must([SACCTMGR, "--immediate", *what], env=to.bed.env)


def _faults(to: Recorder) -> None:
    bed = to.bed
    processes.stop(daemons.MUNGED, bed.layout.root)
    _both(to, "munge-down", "munged does not run on the machine that asks")
    daemons.start_munged(bed.layout)
    bed.control("down")
    _both(to, "controller-down", "slurmctld does not run (connection refused)")
    bed.control("up")
    controller, *_helpers = processes.find(daemons.SLURMCTLD, bed.layout.root)
    os.kill(controller, signal.SIGSTOP)
    try:
        _both(to, "controller-hangs", "slurmctld accepts connections, never answers")
    finally:
        os.kill(controller, signal.SIGCONT)


def _both(to: Recorder, fault: str, situation: str) -> None:
    to.save(f"sshare-{fault}", situation, SLURM.shares("alice"))
    to.save(f"config-{fault}", situation, SLURM.enforcement())
