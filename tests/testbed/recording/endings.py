"""How jobs ended, as the accounting tells it: on a cluster where memory is limited for real."""

import time

from tests.testbed.cluster import Cluster, Node, limited_memory
from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SCANCEL, SLURM, Stage
from tests.testbed.shell import BedError, must

GREEDY = "/usr/bin/python3 -c 'x = bytearray(2**30)'\n"
STATES = {"COMPLETED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED", "CANCELLED"}

# Control groups are named after nodes, which other beds of this machine must not have.
FRAIL = Cluster(
    nodes=(Node("rec1", 8000, "usual", cores=8), Node("rec2", 8000, "frail", cores=8)),
    partitions=(
        "shared Nodes=rec1 Default=YES MaxTime=60 DefMemPerCPU=100 PriorityTier=9 PreemptMode=OFF",
        "scavenge Nodes=rec1 MaxTime=60 DefMemPerCPU=100 PriorityTier=1 PreemptMode=REQUEUE",
        "frail Nodes=rec2 MaxTime=60 DefMemPerCPU=100",
    ),
    settings=(
        "PreemptType=preempt/partition_prio",
        "PreemptMode=REQUEUE",
        "ProctrackType=proctrack/cgroup",
        "TaskPlugin=task/cgroup",
    ),
    cgroup=limited_memory(),
)


def record(to: Recorder) -> None:
    """Let jobs end in all ways that a server can meet, then ask once for all of them."""
    stage = Stage(to.bed)
    to.save("sacct-unknown", "numbers of jobs that never were", SLURM.endings(("98", "99")))
    expected = _by_themselves(stage) | _by_hand(stage)
    stage.wait(expected, patience=200)  # Slurm looks for jobs over their limit every 30 s
    runs, other = stage.submit("alice"), stage.submit("alice", "--job-name=not-berth")
    stage.wait({runs: "RUNNING", other: "RUNNING"})
    ids = (*expected, runs, other)
    _wait_for_accounting(to, ids)
    to.save("sacct-endings", "jobs that ended in every way, cancelled by their owner, by root and "
            "by an operator; one runs, another has another name", SLURM.endings(ids))  # fmt: skip


def _by_themselves(stage: Stage) -> dict[str, str]:
    wanted = {
        "#!/bin/bash\n": "COMPLETED",
        "#!/bin/bash\nexit 7\n": "FAILED",
        "#!/bin/bash\nkill -KILL $$\n": "FAILED",
        f"#!/bin/bash\nexec {GREEDY}": "OUT_OF_MEMORY",
        f"#!/bin/bash\n{GREEDY}exit 3\n": "OUT_OF_MEMORY",
    }
    jobs = {stage.submit("alice", script=script): state for script, state in wanted.items()}
    return {**jobs, stage.submit("alice", "--time=1"): "TIMEOUT"}


def _by_hand(stage: Stage) -> dict[str, str]:
    must(["/usr/bin/sacctmgr", "--immediate", "modify", "user", "carol", "set",
          "adminlevel=operator"], env=stage.bed.env)  # fmt: skip
    mine, roots, carols = (stage.submit("alice") for _ in range(3))
    lost = stage.submit("alice", "--partition=frail", "--no-requeue")
    weak = stage.submit("alice", "--partition=scavenge", "--no-requeue", "--cpus-per-task=4")
    stage.wait(dict.fromkeys((mine, roots, carols, lost, weak), "RUNNING"))
    stage.bed.run_as("alice", [SCANCEL, mine])
    must([SCANCEL, roots], env=stage.bed.env)
    stage.bed.run_as("carol", [SCANCEL, carols])
    stage.control("update", "nodename=rec2", "state=down", "reason=failed")
    strong = stage.submit("alice", "--cpus-per-task=7")
    stage.wait({weak: "PREEMPTED"})
    must([SCANCEL, strong], env=stage.bed.env)
    return {**dict.fromkeys((mine, roots, carols, strong), "CANCELLED"), lost: "NODE_FAIL",
            weak: "PREEMPTED"}  # fmt: skip


def _wait_for_accounting(to: Recorder, ids: tuple[str, ...], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while True:
        listed = must(SLURM.endings(ids).argv, env=to.bed.env)
        if all(state in listed for state in STATES) and listed.count("RUNNING") == 2:
            return
        if time.monotonic() > deadline:
            raise BedError(f"the accounting lags behind: {listed}")
        time.sleep(1)
