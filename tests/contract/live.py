"""What every scheduler must do with real jobs. A subclass named Test… provides ``lab``."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shlex import quote
from uuid import uuid4

import pytest

from hub_config.model.request import JobRequest
from hub_config.schedulers.base import (
    Command,
    Ending,
    Job,
    Phase,
    Refused,
    Reply,
    Scheduler,
    Submission,
    Unanswered,
    log_path,
)

PATIENCE = 90.0
"""Seconds after which a job that does not get anywhere is a failure: a guard against hanging."""


@dataclass
class Lab:
    """A scheduler and a way to run its commands as somebody with a home directory."""

    scheduler: Scheduler
    run: Callable[[Command], Reply]
    home: Path
    user: str
    request: JobRequest
    """A small request that this scheduler takes."""
    impossible: JobRequest
    """One that it never takes."""
    cancelled: tuple[str, ...] = ("CANCELLED",)
    """How a cancelled job that ends by itself in time is said to have ended."""

    def submission(self, launcher: str, request: JobRequest | None = None) -> Submission:
        """Return a submission whose launcher is the bash text *launcher*."""
        uuid = uuid4().hex
        file = self.home / f"launcher-{uuid}"
        file.write_text("#!/bin/bash\n" + launcher)
        file.chmod(0o755)
        return Submission(
            request=request or self.request,
            uuid=uuid,
            server="gpu-work",
            home=PurePosixPath(self.home),
            launcher=PurePosixPath(file),
            spawn_file=PurePosixPath(self.home / f"{uuid}.json"),
        )

    def submit(self, submission: Submission) -> str:
        return self.scheduler.read_submit(self.run(self.scheduler.submit(submission)))

    def cancel(self, job_id: str, uuid: str) -> None:
        command = self.scheduler.cancel(job_id, uuid)
        assert command is not None
        self.scheduler.read_cancel(self.run(command))

    def jobs(self) -> dict[str, Job]:
        return self.scheduler.read_jobs(self.run(self.scheduler.jobs()))

    def wait(self, job_id: str, *phases: Phase) -> Job:
        """Return the job once it is in one of *phases*; it must be listed all the time."""
        deadline = time.monotonic() + PATIENCE
        while (job := self.jobs()[job_id]).phase not in phases:
            assert time.monotonic() < deadline, job
            time.sleep(0.2)
        return job

    def end(self, job_id: str) -> Ending:
        """Return how the job ended. From its end on it is listed as ended, or never again."""
        deadline, listed = time.monotonic() + PATIENCE, self.jobs().get(job_id)
        while listed and listed.phase is not Phase.ENDED:
            assert time.monotonic() < deadline, listed
            time.sleep(0.2)
            listed = self.jobs().get(job_id)
        again = self.jobs().get(job_id)
        assert again is None or again.phase is Phase.ENDED
        return self._told(job_id, listed, deadline)

    def _told(self, job_id: str, listed: Job | None, deadline: float) -> Ending:
        command = self.scheduler.endings((job_id,))
        if command is None:  # no accounting: then the listing itself must tell
            assert listed is not None
            return Ending(job_id=job_id, state=listed.state)
        while not (told := self.scheduler.read_endings(self.run(command)).get(job_id)):
            assert time.monotonic() < deadline, f"the accounting never tells of {job_id}"
            time.sleep(0.5)
        return told

    def log(self, job_id: str) -> str:
        """Return what the job has printed so far."""
        return Path(log_path(PurePosixPath(self.home), "", job_id)).read_text()


class LiveContract:
    """From submission to the end, and all that can go otherwise."""

    def test_a_job_is_listed_until_its_end_and_then_the_end_is_told(self, lab: Lab) -> None:
        go_on = lab.home / "go-on"
        go_on.unlink(missing_ok=True)
        submission = lab.submission(f"until [ -e {quote(str(go_on))} ]; do sleep 0.1; done")
        job_id = lab.submit(submission)
        first = lab.jobs()[job_id]
        assert first.phase in (Phase.PENDING, Phase.RUNNING)
        assert (first.uuid, first.user) == (submission.uuid, lab.user)
        assert (first.server, first.port) == ("gpu-work", 0)
        running = lab.wait(job_id, Phase.RUNNING)
        assert running.partition == lab.request.partition
        assert running.host and running.start and running.end
        go_on.touch()
        assert lab.end(job_id).state == "COMPLETED"

    def test_the_launcher_gets_the_spawn_file_and_its_words_reach_the_log(self, lab: Lab) -> None:
        submission = lab.submission('echo "spawn file $1"; pwd; exit 3')
        job_id = lab.submit(submission)
        assert lab.end(job_id).state == "FAILED"
        assert f"spawn file {submission.spawn_file}\n{lab.home}\n" in lab.log(job_id)

    def test_a_cancelled_job_gets_sigterm_and_ends(self, lab: Lab) -> None:
        ready = lab.home / "ready"
        ready.unlink(missing_ok=True)
        submission = lab.submission(
            "trap 'echo told to end; exit 0' TERM; "
            f"touch {quote(str(ready))}; while :; do sleep 0.1; done"
        )
        job_id = lab.submit(submission)
        lab.wait(job_id, Phase.RUNNING)
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        lab.cancel(job_id, submission.uuid)
        assert lab.end(job_id).state in lab.cancelled
        assert "told to end" in lab.log(job_id)
        lab.cancel(job_id, submission.uuid)

    def test_a_job_that_ignores_sigterm_ends_all_the_same(self, lab: Lab) -> None:
        submission = lab.submission("trap '' TERM; while :; do sleep 1; done")
        job_id = lab.submit(submission)
        lab.wait(job_id, Phase.RUNNING)
        lab.cancel(job_id, submission.uuid)
        assert lab.end(job_id).state == "CANCELLED"

    def test_a_job_nobody_knows_needs_no_cancelling(self, lab: Lab) -> None:
        lab.cancel("999999", uuid4().hex)

    def test_a_port_is_noted_beside_its_job(self, lab: Lab) -> None:
        submission = lab.submission("sleep 600")
        job_id = lab.submit(submission)
        lab.wait(job_id, Phase.RUNNING)
        command = lab.scheduler.note(job_id, submission.uuid, "gpu-work", 40123)
        assert command is not None
        lab.scheduler.read_note(lab.run(command))
        job = lab.jobs()[job_id]
        assert (job.uuid, job.server, job.port) == (submission.uuid, "gpu-work", 40123)
        lab.cancel(job_id, submission.uuid)
        assert lab.end(job_id).state in lab.cancelled

    def test_what_cannot_be_is_refused_in_the_schedulers_words(self, lab: Lab) -> None:
        submission = lab.submission("exit 0", lab.impossible)
        for dry_run in (True, False):
            reply = lab.run(lab.scheduler.submit(submission, dry_run=dry_run))
            with pytest.raises(Refused) as refused:
                lab.scheduler.read_submit(reply)
            assert str(refused.value) == reply.err.strip() != ""

    def test_a_dry_run_queues_nothing(self, lab: Lab) -> None:
        submission = lab.submission("exit 0")
        reply = lab.run(lab.scheduler.submit(submission, dry_run=True))
        assert lab.scheduler.read_submit(reply) == ""
        assert submission.uuid not in {job.uuid for job in lab.jobs().values()}

    def test_the_partition_of_the_request_is_listed_and_large_enough(self, lab: Lab) -> None:
        reply = lab.run(lab.scheduler.partitions())
        partition = lab.scheduler.read_partitions(reply)[lab.request.partition]
        assert partition.up and partition.nodes >= 1
        assert partition.cores >= lab.request.cores
        assert partition.memory >= lab.request.memory

    def test_a_command_that_was_killed_tells_nothing(self, lab: Lab) -> None:
        replies = [
            lab.run(command) for command in (lab.scheduler.jobs(), lab.scheduler.partitions())
        ]
        for reply, read in zip(
            replies, (lab.scheduler.read_jobs, lab.scheduler.read_partitions), strict=True
        ):
            with pytest.raises(Unanswered):
                read(Reply(-9, reply.out, reply.err))
