"""The live contract kept by a real Slurm, and what only a real Slurm can show."""

import pwd
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_config.model.request import JobRequest
from hub_config.schedulers.base import Command, Job, Phase, Reply, Unanswered
from hub_config.schedulers.replies import ROW_MARK
from hub_config.schedulers.slurm import Slurm
from hub_config.schedulers.slurmwords import PHASES
from tests.contract.live import Lab, LiveContract
from tests.testbed.slurm import SlurmBed

SMALL = {
    "profile": "small",
    "partition": "shared",
    "cores": 1,
    "memory": 512,
    "walltime": 600,
    "application": "lab",
    "account": "bm0146",
}
SLEEP = "#!/bin/bash\nsleep 600\n"


def run_as(bed: SlurmBed, user: str, command: Command) -> Reply:
    done = bed.run_as(user, command.argv, input=command.stdin)
    return Reply(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def lab(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Lab]:
    """Alice on the real cluster, with a folder of her home as her home."""
    alice = pwd.getpwnam("alice")
    home = Path(alice.pw_dir, "contract 100%")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    shutil.chown(home, "alice", "alice")
    yield Lab(
        scheduler=Slurm(),
        run=lambda command: run_as(slurm, "alice", command),
        home=home,
        user="alice",
        request=JobRequest(**SMALL),  # type: ignore[arg-type]
        impossible=JobRequest(**{**SMALL, "cores": 4096}),  # type: ignore[arg-type]
    )
    slurm.cancel_all()
    shutil.rmtree(home)


class TestSlurm(LiveContract):
    pass


def everything(bed: SlurmBed) -> dict[str, Job]:
    return Slurm().read_jobs(run_as(bed, "carol", Slurm().jobs()))


def test_squeue_has_no_state_that_we_do_not_know(slurm: SlurmBed) -> None:
    done = slurm.run_as("carol", ["/usr/bin/squeue", "--states=nosuchstate"])
    states = set(re.findall(r"[A-Z_]+", done.stderr.rpartition("include:")[2]))
    assert {"RUNNING", "SPECIAL_EXIT", "OUT_OF_MEMORY"} <= states
    assert states <= PHASES.keys()


def test_nobody_can_tamper_with_the_queue_through_a_comment(lab: Lab, slurm: SlurmBed) -> None:
    bobs_own = {job_id for job_id, job in everything(slurm).items() if job.user == "bob"}
    submission = lab.submission("sleep 600")
    job_id = lab.submit(submission)
    row = f"{ROW_MARK}{job_id}|COMPLETED|alice|shared|l1|N/A|N/A|None|berth:{submission.uuid}"
    comments = (f"x\n{row}", "\n1||||||||", f"x|berth:{submission.uuid}", "\n" * 50, "ä" * 40)
    for comment in comments:
        argv = ["/usr/bin/sbatch", "--job-name=berth", f"--comment={comment}", "-Amh0010"]
        done = slurm.run_as("bob", [*argv, "--hold", "--output=/dev/null"], input=SLEEP)
        assert done.returncode == 0, done.stderr
    job = everything(slurm)[job_id]
    assert (job.uuid, job.user) == (submission.uuid, "alice")
    assert job.phase in (Phase.PENDING, Phase.RUNNING)
    assert {k for k, job in everything(slurm).items() if job.user == "bob"} <= bobs_own


def test_a_users_other_jobs_are_not_cancelled(lab: Lab, slurm: SlurmBed) -> None:
    argv = ["/usr/bin/sbatch", "--parsable", "--job-name=thesis", "-Abm0146", "--output=/dev/null"]
    job_id = slurm.run_as("alice", argv, input=SLEEP).stdout.strip()
    lab.cancel(job_id, "0" * 32)
    assert slurm.job(job_id)["JobState"] in ("PENDING", "RUNNING")


def test_the_job_runs_without_the_users_startup_files(lab: Lab, slurm: SlurmBed) -> None:
    profile, kept = lab.home.parent / ".profile", lab.home.parent / ".profile.kept"
    profile.rename(kept)
    try:
        profile.write_text(f"touch '{lab.home}/startup-file-was-read'\n")
        job_id = lab.submit(lab.submission("env"))
        lab.wait(job_id, Phase.ENDED)
    finally:
        kept.replace(profile)
    assert not (lab.home / "startup-file-was-read").exists()
    log = (lab.home / f"berth_{job_id}.log").read_text()
    assert "SLURM_JOB_ID=" in log and "SLURM_GET_USER_ENV" not in log


def test_without_a_controller_nothing_is_known_and_afterwards_all_is(
    lab: Lab, slurm: SlurmBed
) -> None:
    submission = lab.submission("sleep 600")
    job_id = lab.submit(submission)
    lab.wait(job_id, Phase.RUNNING)
    slurm.control("down")
    try:
        for ask in (
            lab.jobs,
            lambda: lab.cancel(job_id, submission.uuid),
            lambda: lab.submit(lab.submission("")),
        ):
            with pytest.raises(Unanswered):
                ask()
    finally:
        slurm.control("up")
    assert lab.wait(job_id, Phase.RUNNING)
