"""The cluster of a bench: nodes that pretend to have the cores for thousands of tiny jobs."""

import time

from tests.testbed.cluster import Cluster, Node
from tests.testbed.layout import Layout, chosen
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

BATCH = 40
"""Jobs that are started or ended at a time by the bench itself."""

BENCH = Cluster(
    nodes=(
        # A slurmd that is asked for hundreds of jobs at once misses the controller's timeouts.
        *(Node(f"b{number}", 1_000_000, "", cores=512) for number in range(1, 9)),
        Node("b9", 4_000, "", cores=1),
    ),
    partitions=(
        "shared Nodes=b[1-8] Default=YES MaxTime=7-00:00:00 DefMemPerCPU=256 LLN=YES",
        "full Nodes=b9 MaxTime=7-00:00:00 DefMemPerCPU=256",  # one core: the second job waits
    ),
    settings=(
        # A thousand users would need a thousand associations, which nothing here asks for.
        "AccountingStorageEnforce=nosteps",
        # Each job's stepd would else read the whole of /proc every 30 s, a thousand of them.
        "JobAcctGatherFrequency=0",
        "JobAcctGatherType=jobacct_gather/none",
        "MaxJobCount=20000",
        "BatchStartTimeout=120",
    ),
)


def bench_bed(layout: Layout | None = None) -> SlurmBed:
    """Return the bed, not started."""
    return SlurmBed(layout or chosen(), BENCH)


def clear(bed: SlurmBed, patience: float = 600) -> None:
    """End every job, and wait until all have ended."""
    while ids := [str(job.id) for job in bed.squeue() if job.state != "COMPLETING"]:
        must(["/usr/bin/scancel", *ids[:200]], env=bed.env)
        time.sleep(0.5)
    bed.wait_empty(timeout=patience)
