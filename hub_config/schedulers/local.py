"""Processes of this machine as a scheduler: for the demo, and to show what a scheduler must do.

The tools are ``localbatch``, which plays sbatch, squeue and scancel. It needs neither root
nor a cluster; all jobs run as whoever runs it, so it serves one Unix account.
"""

import re
import sys
from collections.abc import Mapping

from hub_config.schedulers.base import (
    Command,
    Ending,
    Job,
    Membership,
    Partition,
    Phase,
    Place,
    Refused,
    Reply,
    Reservation,
    Scheduler,
    Submission,
    Unanswered,
    log_path,
)
from hub_config.schedulers.replies import job_table, lines, moment, words
from hub_config.schedulers.script import job_script, stock_template

PHASES: Mapping[str, Phase] = {
    "RUNNING": Phase.RUNNING,
    "COMPLETING": Phase.ENDING,
    "COMPLETED": Phase.ENDED,
    "FAILED": Phase.ENDED,
    "CANCELLED": Phase.ENDED,
    "TIMEOUT": Phase.ENDED,
}

_WOULD_START = re.compile(r"localbatch: would start at (\S+)")
_NOT_HERE = ("account", "qos", "reservation", "constraint", "gpu_type")


class Local(Scheduler):
    """This machine; ``bin_dir`` is not used, the tool runs with the interpreter we run with."""

    def submit(self, submission: Submission, *, dry_run: bool = False) -> Command:
        request = submission.request
        asked = [f"--require={name}" for name in _NOT_HERE if getattr(request, name)]
        return self._tool(
            "submit",
            f"--uuid={submission.uuid}",
            f"--server={submission.server}",
            f"--partition={request.partition}",
            f"--cores={request.cores}",
            f"--memory={request.memory}",
            f"--gpus={request.gpus}",
            f"--walltime={request.walltime}",
            f"--chdir={submission.home}",
            f"--log={self.log_file(submission)}",
            *asked,
            *(["--test-only"] if dry_run else []),
            stdin=job_script(submission, stock_template()),
        )

    def read_submit(self, reply: Reply) -> str:
        """Return the job id, or "" after a dry run that would have been started."""
        if reply.code != 0:
            raise (Refused if "localbatch: refused: " in reply.err else Unanswered)(words(reply))
        number = reply.out.removesuffix("\n")
        if not (number.isascii() and number.isdigit() and len(number) <= 12):
            if not reply.out and _WOULD_START.search(reply.err):
                return ""
            raise Unanswered("localbatch succeeded but did not print the number of a job")
        return number

    def read_estimate(self, reply: Reply) -> str:
        self.read_submit(reply)
        match = _WOULD_START.search(reply.err)
        return moment(match[1]) if match else ""

    def log_file(self, submission: Submission) -> str:
        return str(log_path(submission.home, submission.request.log_name, "@JOB_ID@"))

    def jobs(self) -> Command:
        return self._tool("jobs")

    def read_jobs(self, reply: Reply) -> dict[str, Job]:
        return job_table(reply, PHASES)

    def cancel(self, job_id: str, uuid: str) -> Command | None:
        return self._tool("cancel", job_id) if job_id else None

    def read_cancel(self, reply: Reply) -> None:
        if reply.code != 0 and "Invalid job id specified" not in reply.err:
            raise Unanswered(words(reply))

    def note(self, job_id: str, uuid: str, server: str, port: int) -> Command:
        return self._tool("note", job_id, f"--uuid={uuid}", f"--server={server}", f"--port={port}")

    def read_note(self, reply: Reply) -> None:
        if reply.code != 0:
            gone = "Invalid job id specified" in reply.err
            raise (Refused if gone else Unanswered)(words(reply))

    def endings(self, job_ids: tuple[str, ...]) -> None:
        return None

    def read_endings(self, reply: Reply) -> dict[str, Ending]:
        return {}

    def queue(self) -> None:
        return None

    def read_queue(self, reply: Reply) -> dict[str, Place]:
        return {}

    def partitions(self) -> Command:
        return self._tool("partitions")

    def read_partitions(self, reply: Reply) -> dict[str, Partition]:
        try:
            (line,) = lines(reply)
            name, cores, memory = line.split("|")
            sizes = int(cores), int(memory)
        except ValueError as error:
            raise Unanswered("the reply is not one row of a name and two numbers") from error
        return {
            name: Partition(
                name=name,
                up=True,
                max_walltime=None,
                nodes=1,
                idle_nodes=1,
                cores=sizes[0],
                memory=sizes[1],
                node_states={"idle": 1},
                idle_cores=sizes[0],
                total_cores=sizes[0],
            )
        }

    def memberships(self, user: str) -> None:
        return None

    def read_memberships(self, reply: Reply, user: str = "") -> tuple[Membership, ...]:
        return ()

    def reservations(self) -> None:
        return None

    def read_reservations(self, reply: Reply) -> tuple[Reservation, ...]:
        return ()

    def _tool(self, *argv: str, stdin: str = "") -> Command:
        tool = (sys.executable, "-I", "-m", "hub_config.schedulers.localbatch")
        return Command((*tool, *argv), stdin)
