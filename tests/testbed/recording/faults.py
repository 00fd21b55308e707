"""Parts of Slurm that are away or cannot be found; the slowest take Slurm 20 s to notice."""

import os
import re
import signal

from hub_config.schedulers.base import Command
from tests.testbed import daemons, processes
from tests.testbed.recording.recorder import Recorder
from tests.testbed.recording.stage import SLURM, Stage, cancel, sbatch, submission, uuid


def record(to: Recorder) -> None:
    """Record every command of Berth with each part away in turn."""
    bed, stage = to.bed, Stage(to.bed)
    job = stage.submit("alice")
    stage.wait({job: "RUNNING"})
    _database_down(to)
    processes.stop(daemons.MUNGED, bed.layout.root)
    _save_all(to, job, "munge-down", "munged does not run on the machine that asks")
    to.save("sacct-munge-down", "munged does not run on the machine that asks",
            SLURM.endings(("1",)))  # fmt: skip
    daemons.start_munged(bed.layout)
    bed.control("down")
    _save_all(to, job, "controller-down", "slurmctld does not run (connection refused)")
    bed.control("up")
    controller, *_helpers = processes.find(daemons.SLURMCTLD, bed.layout.root)
    os.kill(controller, signal.SIGSTOP)
    try:
        _save_all(to, job, "controller-hangs", "slurmctld accepts connections, never answers")
    finally:
        os.kill(controller, signal.SIGCONT)
    _wrong_configuration(to)


def _database_down(to: Recorder) -> None:
    processes.stop(daemons.SLURMDBD, to.bed.layout.root)
    to.save("sacct-slurmdbd-down", "slurmdbd does not run", SLURM.endings(("1",)))
    to.save("sbatch-slurmdbd-down", "slurmdbd does not run; slurmctld knows the accounts by heart",
            sbatch(submission("alice")), user="alice")  # fmt: skip
    daemons.start_slurmdbd(to.bed.layout)


def _save_all(to: Recorder, job: str, fault: str, situation: str) -> None:
    wanted = submission("alice")
    commands: dict[str, tuple[str, Command]] = {
        "squeue": ("root", SLURM.jobs()),
        "queue": ("root", SLURM.queue()),
        "sinfo": ("root", SLURM.partitions()),
        "reservations": ("root", SLURM.reservations()),
        "sbatch-test": ("alice", sbatch(wanted, dry_run=True)),
        "sbatch": ("alice", sbatch(wanted)),
        "scancel": ("alice", cancel(job)),
        "note": ("alice", SLURM.note(job, uuid(1), "gpu-work", 40123)),
    }
    for name, (user, command) in commands.items():
        to.save(f"{name}-{fault}", situation, command, user=user)


def _wrong_configuration(to: Recorder) -> None:
    """Point SLURM_CONF to files that are missing, broken or name a controller nobody knows."""
    folder = to.bed.layout.conf.parent
    renamed = re.sub(
        "SlurmctldHost=.*", "SlurmctldHost=nosuch.invalid", to.bed.layout.conf.read_text()
    )
    (folder / "bad.conf").write_text("SlurmctldHost=localhost\nNonsense=1\n")
    (folder / "unresolvable.conf").write_text(renamed)
    situations = {
        "missing": "SLURM_CONF names a file that is not there",
        "bad": "slurm.conf has a line that Slurm does not know",
        "unresolvable": "the controller's name does not resolve",
    }
    for name, situation in situations.items():
        env = {"SLURM_CONF": str(folder / f"{name}.conf")}
        to.save(f"squeue-conf-{name}", situation, SLURM.jobs(), env=env)
