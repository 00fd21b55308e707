"""Submissions that Slurm takes or refuses, the same asked as a dry run, and cancelling."""

import dataclasses

from hub_config.schedulers.base import Command, Submission
from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SLURM, Stage, cancel, sbatch, submission, uuid

#: Name -> what is special about it, and the fields of the request in which it differs.
CASES: dict[str, tuple[str, dict[str, str | int]]] = {
    "accepted": ("everything in order", {}),
    "accepted-gpu": ("a GPU", {"partition": "gpu", "gpus": 1, "gpu_type": "a100"}),
    "bad-account": ("an account that does not exist", {"account": "nosuch"}),
    "foreign-account": ("an account the user is not in", {"account": "miklip"}),
    "account-elsewhere": (
        "an account the user may charge in another partition only",
        {"account": "mh0010", "partition": "compute"},
    ),
    "bad-partition": ("a partition that does not exist", {"partition": "nosuch"}),
    "forbidden-partition": ("a partition for other accounts", {"partition": "miklip"}),
    "too-many-cores": ("more cores than any node has", {"cores": 72}),
    "too-much-memory": ("more memory than any node has", {"memory": 900000}),
    "too-long": ("more time than the partition's limit", {"partition": "gpu", "walltime": 86400}),
    "bad-qos": ("a QOS that does not exist", {"qos": "nosuch"}),
    "forbidden-qos": ("a QOS the user does not have", {"qos": "training"}),
    "bad-constraint": ("a feature that no node has", {"constraint": "nosuch"}),
    "other-constraint": ("a feature of another partition's nodes", {"constraint": "256G"}),
    "bad-reservation": ("a reservation that does not exist", {"reservation": "nosuch"}),
    "bad-gpu-type": (
        "a GPU type that no node has",
        {"partition": "gpu", "gpus": 1, "gpu_type": "h100"},
    ),
    "too-many-gpus": ("more GPUs than a node has", {"partition": "gpu", "gpus": 9}),
}
_LARGE = {"partition": "compute", "constraint": "256G"}  # c2 alone is such a node


def record(to: Recorder) -> None:
    """Record submitting and cancelling in one bed."""
    for name, (situation, change) in CASES.items():
        _both(to, name, situation, "alice", submission("alice", **change))
    _both(to, "no-association", "a user without any account", "dave", submission("dave"))
    _unusual(to)
    _in_reservation(to)
    to.bed.cancel_all()
    _cancelling(to)


def _both(to: Recorder, name: str, situation: str, user: str, wanted: Submission) -> None:
    dry = sbatch(wanted, dry_run=True)
    to.save(f"sbatch-test-{name}", f"dry run: {situation}", dry, user=user)
    to.save(f"sbatch-{name}", situation, sbatch(wanted), user=user)


def _unusual(to: Recorder) -> None:
    usual = sbatch(submission("alice"))
    several = dataclasses.replace(usual, argv=(*usual.argv, "--clusters=berth"))
    to.save("sbatch-multicluster", "the cluster is named, as where several share a database",
            several, user="alice")  # fmt: skip
    no_script = dataclasses.replace(usual, stdin="sleep 1\n")
    to.save("sbatch-not-a-script", "standard input is no script", no_script, user="alice")


def _in_reservation(to: Recorder) -> None:
    with to.bed.reservation(node="c2") as name:
        _both(to, "in-reservation", "the user's own reservation", "alice",
              submission("alice", **_LARGE, reservation=name))  # fmt: skip
        _both(to, "foreign-reservation", "somebody else's reservation", "bob",
              submission("bob", **_LARGE, reservation=name))  # fmt: skip
        _both(to, "reserved-by-others", "the only fitting node is in a reservation of somebody "
              "else", "bob", submission("bob", **_LARGE))  # fmt: skip
        to.bed.cancel_all()


def _cancelling(to: Recorder) -> None:
    stage = Stage(to.bed)
    running, waiting = stage.submit("alice"), stage.submit("alice", "--begin=now+1hour")
    other = stage.submit("alice", "--job-name=not-berth")
    stage.wait({running: "RUNNING", other: "RUNNING"})

    def save(name: str, situation: str, job: str, user: str = "alice") -> None:
        to.save(f"scancel-{name}", situation, cancel(job), user=user)
        plain = Command(("/usr/bin/scancel", job))
        to.save(f"scancel-plain-{name}", f"{situation}; without the name", plain, user=user)

    save("not-owner", "somebody else's running job", running, user="bob")
    to.save("scancel-running", "a running job", cancel(running), user="alice")
    to.save("scancel-pending", "a waiting job", cancel(waiting), user="alice")
    to.save("scancel-other-name", "a job of another name", cancel(other), user="alice")
    stage.wait({running: "CANCELLED", waiting: "CANCELLED", other: "RUNNING"})
    save("ended", "a job that has ended", running)
    _noting(to, running)
    save("unknown", "a job id that Slurm does not know", "99999")


def _noting(to: Recorder, ended: str) -> None:
    stage = Stage(to.bed)
    job = stage.submit("alice")
    stage.wait({job: "RUNNING"})

    def save(name: str, situation: str, job: str, user: str = "alice") -> None:
        to.save(f"note-{name}", situation, SLURM.note(job, uuid(7), "gpu-work", 40123), user=user)

    save("not-owner", "somebody else's running job", job, user="bob")
    save("running", "a running job", job)
    save("ended", "a job that has ended", ended)
    save("unknown", "a job id that Slurm does not know", "99999")
    to.save("squeue-noted", "after a port was noted beside a running job", SLURM.jobs())
