"""Grid Engine by its command line tools: argv out, recorded text in.

Tried with Son of Grid Engine 8.1.9; the options are older and in every descendant. Manual
pages: qsub(1), qstat(1), qdel(1), qalter(1), qacct(1), qconf(1), sge_status(5).
"""

import re

from hub_config.schedulers import gridprojects
from hub_config.schedulers.base import (
    Command,
    Ending,
    Job,
    Membership,
    Partition,
    Place,
    Refused,
    Reply,
    Reservation,
    Scheduler,
    Submission,
    Unanswered,
    log_path,
)
from hub_config.schedulers.gridaccounting import endings
from hub_config.schedulers.gridjobs import ANY, job_name, jobs, places
from hub_config.schedulers.gridqueues import KNOWN, partitions
from hub_config.schedulers.replies import words
from hub_config.schedulers.script import job_script, stock_template

_JOB_ID = re.compile(r"([0-9]{1,12})\n")
_WOULD_START = "verification: found suitable queue(s)\n"
# qmaster's answers that mean no. What is not here (no connection, no answer, a time-out) may
# have left a job in the queue.
_NO = (
    r"rejected",
    r"no suitable queues",
    r"unknown resource",
    r"\bdenied\b",
    r"does not exist",
    r"not allowed in objectname",
    r"not allowed as objectname",
    r"is not an? \w+ value",
    r"the advance reservation id \S+ is invalid",
    r"\bexceeds?\b",
    r"It is not allowed to submit jobs",
)
_REFUSED = re.compile(r"Unable to run job: (?:.*\n)*?.*(?:" + "|".join(_NO) + ")")
_DELETED = re.compile(
    r"\S+ has (?:deleted job|registered the job) [0-9]+.*|job [0-9]+ is already in deletion"
)
_GONE = re.compile(r"(?:The job \S+ of user\(s\) \S+|denied: job \"\S+\") does not exist")
_NOT_YOURS = re.compile(r"you do not have the necessary privileges|^denied: ", re.MULTILINE)
_RENAMED = re.compile(r"^modified job name of job [0-9]+", re.MULTILINE)


class GridEngine(Scheduler):
    """One cell, reached by the tools in ``bin_dir`` with SGE_ROOT and SGE_CELL as set.

    ``resources`` has the site's names of the complexes that jobs request: ``memory`` (of each
    slot) and ``gpu`` (of the whole job).
    """

    def submit(self, submission: Submission, *, dry_run: bool = False) -> Command:
        # -w e: otherwise a job that no host can ever run is taken, and waits for ever.
        argv = (*_options(self, submission), "-w", "v" if dry_run else "e")
        return Command((f"{self.bin}/qsub", *argv), job_script(submission, stock_template()))

    def read_submit(self, reply: Reply) -> str:
        """Return the job id, or "" after a dry run that found a queue."""
        if reply.code != 0:
            raise (Refused if _REFUSED.search(reply.err) else Unanswered)(words(reply))
        if match := _JOB_ID.fullmatch(reply.out):
            return match[1]
        if reply.out == _WOULD_START:
            return ""
        raise Unanswered("qsub succeeded but did not print the number of a job")

    def read_estimate(self, reply: Reply) -> str:
        """Return "": Grid Engine tells whether a job could run, not when."""
        self.read_submit(reply)
        return ""

    def log_file(self, submission: Submission) -> str:
        return str(log_path(submission.home, submission.request.log_name, "$JOB_ID"))

    def jobs(self) -> Command:
        # z: the jobs that ended lately, as many as finished_jobs says (sge_conf(5); usually 100).
        return Command((f"{self.bin}/qstat", "-u", "*", "-s", "prsz", "-r", "-xml"))

    def read_jobs(self, reply: Reply) -> dict[str, Job]:
        return jobs(reply)

    def cancel(self, job_id: str, uuid: str) -> Command:
        # By name: whoever holds this door cannot end a user's other jobs through it.
        return Command((f"{self.bin}/qdel", f"{job_name(uuid)}*"))

    def read_cancel(self, reply: Reply) -> None:
        said = f"{reply.out}{reply.err}".strip()
        if _GONE.search(said) or (reply.code == 0 and _DELETED.match(said)):
            return
        raise (Refused if _NOT_YOURS.search(said) else Unanswered)(said[:4000] or words(reply))

    def note(self, job_id: str, uuid: str, server: str, port: int) -> Command:
        name = job_name(uuid, server, port)
        return Command((f"{self.bin}/qalter", "-N", name, f"{job_name(uuid)}*"))

    def read_note(self, reply: Reply) -> None:
        # Somebody else's job of that name is complained of, and stays as it is.
        said = f"{reply.out}{reply.err}".strip()
        if not _RENAMED.search(said):
            no = _NOT_YOURS.search(said) or _GONE.search(said)
            raise (Refused if no else Unanswered)(said[:4000] or words(reply))

    def endings(self, job_ids: tuple[str, ...]) -> Command:
        # qacct reads its whole file for each answer, so the question is about all jobs of ours
        # of two days unless it is about one: for that, jobs that never began are found, too.
        which = job_ids if len(job_ids) == 1 else ("berth-*", "-E", "-d", "2")
        return Command((f"{self.bin}/qacct", "-j", *which))

    def read_endings(self, reply: Reply) -> dict[str, Ending]:
        return endings(reply)

    def queue(self) -> Command:
        return Command((f"{self.bin}/qstat", "-u", "*", "-s", "p", "-r", "-xml"))

    def read_queue(self, reply: Reply) -> dict[str, Place]:
        return places(reply)

    def partitions(self) -> Command:
        shown = ",".join((*KNOWN, self.resource("gpu")))
        return Command((f"{self.bin}/qstat", "-f", "-F", shown, "-xml"))

    def read_partitions(self, reply: Reply) -> dict[str, Partition]:
        return partitions(reply)

    def memberships(self, user: str) -> Command:
        return Command((f"{self.bin}/qconf", "-sprjl"))

    def more_memberships(self, reply: Reply) -> Command | None:
        further = gridprojects.further(reply)
        return Command((f"{self.bin}/qconf", *further)) if further else None

    def read_memberships(self, reply: Reply, user: str = "") -> tuple[Membership, ...]:
        return gridprojects.memberships(reply, user)

    def reservations(self) -> None:
        return None

    def read_reservations(self, reply: Reply) -> tuple[Reservation, ...]:
        return ()

    def resource(self, what: str) -> str:
        """Return this cell's name of the complex for ``memory`` or ``gpu``."""
        return self.resources.get(what, {"memory": "mem_free", "gpu": "gpu"}[what])


def _options(scheduler: GridEngine, submission: Submission) -> list[str]:
    request, home = submission.request, str(submission.home)
    options = {
        "-N": job_name(submission.uuid, submission.server),
        # Grid Engine hands the script to a shell, a login shell even, where a queue is
        # configured so. env is none: it runs the script by the script's own first line.
        "-S": "/usr/bin/env",
        "-o": scheduler.log_file(submission),
        "-wd": home,
        "-q": "" if request.partition == ANY else request.partition,
        "-l": ",".join(_requests(scheduler, submission)),
        "-P": request.account,
        "-ar": request.reservation,
        "-M": request.mail,
        "-m": "ea" if request.mail else "",
    }
    pairs = [word for name, value in options.items() if value for word in (name, value)]
    # -b n: whatever sge_request(5) says. -C "": no line of the script is an option. -notify: the
    # job is told (SIGUSR2) before it is killed. -r n: a server that began again elsewhere would
    # have nobody waiting for it.
    fixed = ("-terse", "-b", "n", "-C", "", "-notify", "-r", "n", "-j", "y")
    return [*fixed, *pairs, *_slots(submission)]


def _requests(scheduler: GridEngine, submission: Submission) -> list[str]:
    """Return the resources as ``-l`` takes them; those Grid Engine has not, for it to refuse."""
    request = submission.request
    per_slot = -(-request.memory // request.cores)
    asked = {
        "h_rt": str(request.walltime),
        scheduler.resource("memory"): f"{per_slot}M",
        scheduler.resource("gpu"): str(request.gpus or ""),
        "gpu_type": request.gpu_type,
        "qos": request.qos,
    }
    return [*(f"{name}={value}" for name, value in asked.items() if value)] + (
        [request.constraint] if request.constraint else []
    )


def _slots(submission: Submission) -> list[str]:
    """Return the parallel environment; several cores without one are not to become one core."""
    request = submission.request
    if request.parallel_environment or request.cores > 1:
        return ["-pe", request.parallel_environment or "none-chosen", str(request.cores)]
    return []
