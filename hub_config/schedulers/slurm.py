"""Slurm by its command line tools: argv out, recorded text in.

Tried with Slurm 22.05; the options and formats used are older and still there. Manual pages:
https://slurm.schedmd.com/sbatch.html, squeue.html, scancel.html, sinfo.html, sacctmgr.html,
scontrol.html.
"""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from hub_config.schedulers import slurmaccounts
from hub_config.schedulers.base import (
    JOB_NAME,
    Command,
    Ending,
    Enforced,
    Job,
    Membership,
    Partition,
    Phase,
    Place,
    Refused,
    Reply,
    Reservation,
    Scheduler,
    Share,
    Submission,
    Unanswered,
    log_path,
)
from hub_config.schedulers.replies import (
    COMMENT_WIDTH,
    ROW_MARK,
    comment,
    job_table,
    moment,
    words,
)
from hub_config.schedulers.script import job_script, stock_template
from hub_config.schedulers.slurmjobs import ENDING_COLUMNS, PLACE_COLUMNS, endings, places
from hub_config.schedulers.slurmnodes import COLUMNS, partitions, reservations
from hub_config.schedulers.slurmwords import PHASES, REFUSED, STUCK

_GONE = re.compile(r"Invalid job id specified|already completing or completed")
_NOT_NOTED = re.compile(
    r"Invalid (?:job|user) id|Access/permission denied|already (?:completing|completed|finished)"
)
_JOB_ID = re.compile(r"([0-9]{1,12})(?:;[A-Za-z0-9_.-]+)?\n?")
_WOULD_START = re.compile(r"\bJob [0-9]+ to start at (\S+)")

# --exact: otherwise nodes of different sizes share a line that shows the smallest as "48+".
_SINFO = ("--all", "--exact", "--Format=" + ",".join(f"{name}:|" for name in COLUMNS))


class Slurm(Scheduler):
    """One Slurm cluster, reached by the tools in ``bin_dir``."""

    def submit(self, submission: Submission, *, dry_run: bool = False) -> Command:
        argv = [
            f"{self.bin}/sbatch",
            "--parsable",
            *_options(submission, self.log_file(submission)),
        ]
        if dry_run:
            argv.append("--test-only")
        return Command(tuple(argv), job_script(submission, stock_template()))

    def read_submit(self, reply: Reply) -> str:
        """Return the job id, or "" after a dry run that would have been queued."""
        if reply.code != 0:
            raise (Refused if REFUSED.search(reply.err) else Unanswered)(words(reply))
        if match := _JOB_ID.fullmatch(reply.out):
            return match[1]
        if not reply.out and _WOULD_START.search(reply.err):
            return ""
        raise Unanswered("sbatch succeeded but did not print the number of a job")

    def read_estimate(self, reply: Reply) -> str:
        self.read_submit(reply)
        match = _WOULD_START.search(reply.err)
        return moment(match[1]) if match else ""

    def log_file(self, submission: Submission) -> str:
        # sbatch expands %j and others in --output, and only there; %% is a plain percent sign.
        home = PurePosixPath(str(submission.home).replace("%", "%%"))
        return str(log_path(home, submission.request.log_name, "%j"))

    def jobs(self) -> Command:
        # --all: partitions that are hidden from the asking account or closed to it, too.
        columns = f"%A|%T|%u|%P|%B|%S|%e|%r|%{COMMENT_WIDTH}k"
        argv = ("--all", "--states=all", f"--name={JOB_NAME}", f"--format={ROW_MARK}{columns}")
        return Command((f"{self.bin}/squeue", *argv))

    def read_jobs(self, reply: Reply) -> dict[str, Job]:
        return {job_id: _stuck(job) for job_id, job in job_table(reply, PHASES).items()}

    def cancel(self, job_id: str, uuid: str) -> Command | None:
        if not job_id:
            return None
        # By name as well: whoever holds this door cannot end a user's other jobs through it.
        return Command((f"{self.bin}/scancel", f"--name={JOB_NAME}", job_id))

    def read_cancel(self, reply: Reply) -> None:
        # The words come first: scancel's exit code is 0 for some failures.
        if _GONE.search(reply.err):
            return
        if "Access/permission denied" in reply.err:
            raise Refused(words(reply))
        if reply.code != 0 or reply.err.strip():
            raise Unanswered(words(reply))

    def note(self, job_id: str, uuid: str, server: str, port: int) -> Command:
        what = (f"JobId={job_id}", f"Comment={comment(uuid, server, port)}")
        return Command((f"{self.bin}/scontrol", "update", *what))

    def read_note(self, reply: Reply) -> None:
        if reply.code == 0 and not reply.err.strip():
            return
        raise (Refused if _NOT_NOTED.search(reply.err) else Unanswered)(words(reply))

    def endings(self, job_ids: tuple[str, ...]) -> Command:
        # With the steps: the job's own state does not always tell that one was out of memory.
        which = ("--allusers", f"--name={JOB_NAME}", f"--jobs={','.join(job_ids)}")
        columns = f"--format={ENDING_COLUMNS.replace('|', ',')}"
        return Command((f"{self.bin}/sacct", "--parsable2", *which, columns))

    def read_endings(self, reply: Reply) -> dict[str, Ending]:
        return endings(reply)

    def queue(self) -> Command:
        # The order in which slurmctld looks at them: partition, priority, number.
        which = ("--all", "--states=PENDING", "--priority", "--sort=P,-p,i")
        return Command((f"{self.bin}/squeue", *which, f"--format={'|'.join(PLACE_COLUMNS)}"))

    def read_queue(self, reply: Reply) -> dict[str, Place]:
        return places(reply)

    def partitions(self) -> Command:
        return Command((f"{self.bin}/sinfo", *_SINFO))

    def read_partitions(self, reply: Reply) -> dict[str, Partition]:
        return partitions(reply)

    def memberships(self, user: str) -> Command:
        columns = ",".join(slurmaccounts.MEMBERSHIPS)
        what = ("show", "user", f"name={user}", "withassoc", f"format={columns}")
        return Command((f"{self.bin}/sacctmgr", "--parsable2", *what))

    def read_memberships(self, reply: Reply, user: str = "") -> tuple[Membership, ...]:
        return slurmaccounts.memberships(reply)

    def shares(self, user: str) -> Command:
        # --partition: otherwise a user's parts of an account in several of them look alike.
        what = ("--partition", f"--users={user}", f"--format={','.join(slurmaccounts.SHARES)}")
        return Command((f"{self.bin}/sshare", "--parsable2", *what))

    def read_shares(self, reply: Reply) -> tuple[Share, ...]:
        return slurmaccounts.shares(reply)

    def enforcement(self) -> Command:
        return Command((f"{self.bin}/scontrol", "show", "config"))

    def read_enforcement(self, reply: Reply) -> Enforced:
        return slurmaccounts.enforced(reply)

    def reservations(self) -> Command:
        return Command((f"{self.bin}/scontrol", "--oneliner", "show", "reservation"))

    def read_reservations(self, reply: Reply) -> tuple[Reservation, ...]:
        return reservations(reply)


def _options(submission: Submission, log: str) -> list[str]:
    """Return the request as sbatch options: the command line wins over SBATCH_* and #SBATCH."""
    request, home = submission.request, str(submission.home)
    options = {
        "job-name": JOB_NAME,
        "comment": comment(submission.uuid, submission.server),
        "partition": request.partition,
        "nodes": "1",
        "ntasks": "1",
        "cpus-per-task": str(request.cores),
        "mem": f"{request.memory}M",
        "time": _days(request.walltime),
        "gres": _gres(request.gpus, request.gpu_type),
        "account": request.account,
        "qos": request.qos,
        "reservation": request.reservation,
        "constraint": request.constraint,
        "mail-type": "END,FAIL" if request.mail else "",
        "mail-user": request.mail,
        "chdir": home,
        "output": log,
        # ALL is the few variables the agent runs sbatch with. A list of names, like NONE, makes
        # slurmd run the user's login shell first (SLURM_GET_USER_ENV; seen with 22.05), and
        # hold the job if that fails: https://slurm.schedmd.com/sbatch.html#OPT_export
        "export": "ALL",
        "propagate": "NONE",
    }
    # A requeued server would begin again, hours later, on another node, without its kernels
    # and with nobody waiting for it. It ends instead, and its user starts a new one.
    return [*(f"--{name}={value}" for name, value in options.items() if value), "--no-requeue"]


def _stuck(job: Job) -> Job:
    """Return the job, marked if it waits for nothing that comes by itself."""
    waits_in_vain = job.phase is Phase.PENDING and job.reason in STUCK
    return replace(job, stuck=True) if waits_in_vain else job


def _days(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    return f"{days}-{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"


def _gres(gpus: int, gpu_type: str) -> str:
    return ":".join(filter(None, ("gpu", gpu_type, str(gpus)))) if gpus else ""
