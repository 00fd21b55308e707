"""Partitions and nodes: of the usual cluster idle, busy and troubled, and of the zoo."""

from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SLURM, Stage


def record(to: Recorder) -> None:
    """Record the usual cluster, from good to bad."""
    stage = Stage(to.bed)
    to.save("sinfo-idle", "nothing runs; compute has two kinds of nodes", SLURM.partitions())
    jobs = (
        stage.submit("alice", "--cpus-per-task=5"),
        stage.submit("alice", "--partition=compute"),
        stage.submit("alice", "--partition=gpu", "--gres=gpu:a100:2"),
    )
    stage.wait(dict.fromkeys(jobs, "RUNNING"))
    stage.control("update", "nodename=p1", "state=drain", "reason=maintenance")
    stage.control("update", "partition=miklip", "state=down")
    to.save("sinfo-busy", "nodes mixed, allocated and drained; the partition miklip is down",
            SLURM.partitions())  # fmt: skip
    to.bed.cancel_all()
    stage.control("update", "nodename=l1", "state=down", "reason=failed")
    stage.control("update", "nodename=c1", "state=fail", "reason=failing")
    stage.control("update", "partition=compute", "state=drain")
    stage.control("update", "partition=gpu", "state=inactive")
    with to.bed.reservation(node="c2"):
        stage.wait_node("c2", "reserved")
        to.save("sinfo-troubled", "nodes down, failing, drained and in a reservation; partitions "
                "draining, inactive and down", SLURM.partitions())  # fmt: skip


def record_zoo(to: Recorder) -> None:
    """Record nodes and limits of many kinds, and with some of the GPUs in use."""
    to.save("sinfo-zoo", "two GPU types on a node, MIG slices, untyped GPUs, a node without "
            "features, partitions of mixed nodes, of none, hidden, with limits of minutes, of "
            "many days and without limit", SLURM.partitions())  # fmt: skip
    stage = Stage(to.bed)
    jobs = (
        stage.submit("alice", "--partition=mixed", "--mem=1000", "--gres=gpu:a100:1,gpu:v100:3"),
        stage.submit("alice", "--partition=mixed", "--mem=1000", "--nodelist=z4", "--gres=gpu:1"),
        stage.submit("alice", "--partition=mig", "--mem=1000", "--gres=gpu:a100_1g.5gb:2"),
        stage.submit("alice", "--partition=many", "--mem=1000", "--nodelist=z6"),
    )
    stage.wait(dict.fromkeys(jobs, "RUNNING"))
    stage.control("update", "nodename=z5", "state=drain", "reason=maintenance")
    to.save("sinfo-zoo-busy", "GPUs of several types in use, the node with the most drained",
            SLURM.partitions())  # fmt: skip
