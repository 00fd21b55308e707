"""What the scenes have in common: jobs to look at, and waiting until Slurm shows what is meant."""

import dataclasses
import re
import time
from collections.abc import Mapping
from pathlib import PurePosixPath

from hub_config.model.request import JobRequest
from hub_config.schedulers.base import JOB_NAME, Command, Submission
from hub_config.schedulers.replies import comment
from hub_config.schedulers.slurm import Slurm
from tests.testbed import daemons
from tests.testbed.shell import BedError, must, run
from tests.testbed.slurm import SlurmBed

SLURM = Slurm()
SCANCEL = "/usr/bin/scancel"
SCONTROL = "/usr/bin/scontrol"
SLEEP = "#!/bin/bash\nexec sleep 3600\n"
SERVERS = ("", "gpu-work", "a-name-as-long-as-they-may-be")
ACCOUNTS = {"alice": "bm0146", "bob": "mh0010", "carol": "miklip"}


def uuid(number: int) -> str:
    """Return a uuid that says which job of a scene it belongs to."""
    return f"{number:032x}"


def submission(user: str, **wanted: str | int) -> Submission:
    """Return a small submission of Berth for ``user``; ``wanted`` changes fields of the request."""
    usual: dict[str, str | int] = {
        "profile": "shared-1", "partition": "shared", "cores": 1, "memory": 1024,
        "walltime": 3600, "application": "lab", "account": ACCOUNTS.get(user, "bm0146"),
    }  # fmt: skip
    return Submission(
        request=JobRequest(**(usual | wanted)),  # type: ignore[arg-type]  # one kind per field
        uuid=uuid(1),
        home=PurePosixPath("/home", user),
        launcher=PurePosixPath("/opt/berth/user/bin/berth-singleuser"),
        spawn_file=PurePosixPath("/home", user, ".berth", f"{uuid(1)}.json"),
    )


def sbatch(wanted: Submission, *, dry_run: bool = False) -> Command:
    """Return Berth's command with a short script: sbatch answers the same whatever the script."""
    return dataclasses.replace(SLURM.submit(wanted, dry_run=dry_run), stdin=SLEEP)


def cancel(job: str) -> Command:
    """Return Berth's command that ends a job of a known number."""
    command = SLURM.cancel(job, uuid(1))
    assert command is not None
    return command


class Stage:
    """A bed with jobs on it, each with the comment that a server of Berth has."""

    def __init__(self, bed: SlurmBed) -> None:
        self.bed = bed
        self._number = 0

    def submit(self, user: str, *options: str, script: str = SLEEP) -> str:
        """Submit a job of Berth's name and return its id; later options win."""
        self._number += 1
        usual = (
            f"--job-name={JOB_NAME}",
            f"--comment={comment(uuid(self._number), SERVERS[self._number % len(SERVERS)])}",
            f"--account={ACCOUNTS[user]}",
            "--output=/dev/null",
        )
        argv = ["/usr/bin/sbatch", "--parsable", *usual, *options]
        done = self.bed.run_as(user, argv, input=script)
        if done.returncode != 0:
            raise BedError(done.stderr)
        return done.stdout.strip()

    def control(self, *words: str) -> None:
        """Run scontrol as root."""
        must([SCONTROL, *words], env=self.bed.env)

    def resume(self, *nodes: str) -> None:
        """Make nodes usable again; Slurm refuses it for one that has come back by itself."""
        for node in nodes:
            run([SCONTROL, "update", f"nodename={node}", "state=resume"], env=self.bed.env)

    def wait(self, expected: Mapping[str, str], patience: float = 60) -> None:
        """Wait until each job (id) shows ``STATE`` or ``STATE reason`` as expected."""
        deadline = time.monotonic() + patience
        while wrong := self._wrong(expected):
            if time.monotonic() > deadline:
                raise BedError(f"job -> (seen, expected): {wrong}")
            time.sleep(0.2)

    def _wrong(self, expected: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        argv = ["/usr/bin/squeue", "--noheader", "--states=all", "-o", "%A|%T %r"]
        lines = must(argv, env=self.bed.env).splitlines()
        seen = dict(line.split("|", 1) for line in lines)
        return {
            job: (seen.get(job, ""), state)
            for job, state in expected.items()
            if not re.match(re.escape(state) + r"\b", seen.get(job, ""))
        }

    def wait_node(self, node: str, state: str) -> None:
        """Wait until sinfo shows a node in ``state``."""
        argv = ["/usr/bin/sinfo", "--noheader", "--nodes", node, "-o", "%T"]
        log = self.bed.layout.logs / "slurmctld.log"
        daemons.wait(lambda: state in must(argv, env=self.bed.env), f"{node} {state}", log)

    def wait_forecast(self, job: str, patience: float = 60) -> None:
        """Wait until the backfill scheduler has a start time for a waiting job."""
        deadline = time.monotonic() + patience
        while self.bed.job(job)["StartTime"] == "Unknown":
            if time.monotonic() > deadline:
                raise BedError(f"no start time for {job}: {self.bed.job(job)}")
            time.sleep(0.2)
