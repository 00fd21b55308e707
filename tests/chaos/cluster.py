"""The Slurm that the faults happen to: room for many small jobs, and nodes to break.

A bed of its own, so that no other test's jobs meet a controller that was stopped. Memory limits are
real, because running out of memory is one of the faults. Node names carry the bed's number: control
groups are named after nodes and jobs, and beds share the machine.
"""

from tests.testbed.cluster import Cluster, Node, limited_memory
from tests.testbed.layout import Layout, chosen

MEMORY = 48
"""MiB that one stub server asks for."""
_BEDS = {"ours": 20, "stock": 40}


def layout(side: str) -> Layout:
    """Return the bed of this side; the two run at the same time."""
    return Layout(chosen().instance + _BEDS[side])


def cluster(bed: Layout) -> Cluster:
    """Return the nodes and partitions; which is for what is in ``scenarios``."""
    many, shared, frail, narrow = (f"{kind}{bed.instance}" for kind in ("m", "s", "f", "n"))
    return Cluster(
        nodes=(
            Node(many, 400000, "many", cores=512),
            Node(shared, 8000, "shared", cores=8),
            Node(frail, 8000, "frail", cores=8),
            Node(narrow, 1000, "narrow", cores=1),
        ),
        partitions=(
            f"work Nodes={many} Default=YES MaxTime=8:00:00 DefMemPerCPU={MEMORY}",
            # A job in "urgent" takes the node away from the jobs in "scavenge".
            f"scavenge Nodes={shared} MaxTime=8:00:00 DefMemPerCPU={MEMORY} PriorityTier=1"
            " PreemptMode=REQUEUE",
            f"urgent Nodes={shared} MaxTime=8:00:00 DefMemPerCPU={MEMORY} PriorityTier=9"
            " PreemptMode=OFF",
            f"frail Nodes={frail} MaxTime=8:00:00 DefMemPerCPU={MEMORY}",
            f"narrow Nodes={narrow} MaxTime=8:00:00 DefMemPerCPU={MEMORY}",
        ),
        settings=(
            # People of our own, who need no association.
            "AccountingStorageEnforce=nosteps",
            "PreemptType=preempt/partition_prio",
            "PreemptMode=REQUEUE",
            "ProctrackType=proctrack/cgroup",
            "TaskPlugin=task/cgroup",
            "SchedulerParameters=bf_interval=2,sched_interval=2,bf_continue",
        ),
        cgroup=limited_memory(),
        people=False,
    )
