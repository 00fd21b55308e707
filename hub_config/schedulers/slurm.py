"""Slurm by its command line tools: argv out, recorded text in.

Tried with Slurm 22.05; the options and formats used are older and still there. Manual pages:
https://slurm.schedmd.com/sbatch.html, squeue.html, scancel.html, sinfo.html, sacctmgr.html,
scontrol.html.
"""

import re
from collections.abc import Mapping

from hub_config.schedulers.base import (
    JOB_NAME,
    Command,
    Job,
    Membership,
    Partition,
    Phase,
    Refused,
    Reply,
    Scheduler,
    Submission,
    Unanswered,
)
from hub_config.schedulers.replies import COMMENT_WIDTH, job_table, known, lines, words
from hub_config.schedulers.script import job_script, stock_template

# JOB STATE CODES of squeue(1), and the newer ones of https://slurm.schedmd.com/job_state_codes.html.
# A word that is not here is Phase.UNKNOWN, as are flags that leave the job's fate open: it is kept.
PHASES: Mapping[str, Phase] = {
    "BOOT_FAIL": Phase.ENDED,
    "CANCELLED": Phase.ENDED,
    "COMPLETED": Phase.ENDED,
    "COMPLETING": Phase.ENDING,
    "CONFIGURING": Phase.PENDING,
    "DEADLINE": Phase.ENDED,
    "EXPEDITING": Phase.PENDING,
    "FAILED": Phase.ENDED,
    "LAUNCH_FAILED": Phase.UNKNOWN,
    "NODE_FAIL": Phase.ENDED,
    "OUT_OF_MEMORY": Phase.ENDED,
    "PENDING": Phase.PENDING,
    "POWER_UP_NODE": Phase.PENDING,
    "PREEMPTED": Phase.ENDED,
    "RECONFIG_FAIL": Phase.UNKNOWN,
    "REQUEUED": Phase.PENDING,
    "REQUEUE_FED": Phase.PENDING,
    "REQUEUE_HOLD": Phase.PENDING,
    "RESIZING": Phase.RUNNING,
    "RESV_DEL_HOLD": Phase.PENDING,
    "REVOKED": Phase.ENDED,
    "RUNNING": Phase.RUNNING,
    "SIGNALING": Phase.RUNNING,
    "SPECIAL_EXIT": Phase.PENDING,
    "STAGE_OUT": Phase.ENDING,
    "STOPPED": Phase.RUNNING,
    "SUSPENDED": Phase.RUNNING,
    "TIMEOUT": Phase.ENDED,
    "UPDATE_DB": Phase.UNKNOWN,
}

# The controller's answers that mean no, from the table of
# https://github.com/SchedMD/slurm/blob/slurm-22-05-8-1/src/common/slurm_errno.c. What is not
# here (connection, authentication, timeouts, "try again") may have left a job in the queue.
# "Unspecified error" is what a site's job_submit plugin returns beside its own words.
_NO = (
    "Access denied to requested reservation",
    "Access/permission denied",
    "Burst Buffer",
    "CPU count specification invalid",
    "Core count for reservation node list is not consistent",
    "Invalid GRES specification",
    "Invalid Trackable RESource",
    "Invalid account or account/partition combination",
    "Invalid feature specification",
    "Invalid generic resource",
    "Invalid group id",
    "Invalid job array specification",
    "Invalid license specification",
    "Invalid node name specified",
    "Invalid partition name specified",
    "Invalid preferred feature",
    "Invalid qos specification",
    "Invalid time",
    "Invalid user id",
    "Invalid wckey specification",
    "Job --batch option is invalid",
    "Job dependency problem",
    "Job size specification needs to be provided",
    "Job violates accounting/QOS policy",
    "Memory required by task is not available",
    "More processors requested than permitted",
    "Multiple partition job request not supported",
    "No partition specified or system default partition",
    "Node count specification invalid",
    "Only batch jobs are accepted",
    "Partition in DOWN state",
    "Pathname of a file, directory or other parameter too long",
    "Requested ",
    "Required node not available",
    "Required partition not available",
    "System submissions disabled",
    "Time limit specification required",
    "Unspecified error",
    "User's group not permitted",
)
_REFUSED = re.compile(
    r"(?:Batch job submission failed|allocation failure): (?:" + "|".join(map(re.escape, _NO)) + ")"
)
_GONE = re.compile(r"Invalid job id specified|already completing or completed")
_JOB_ID = re.compile(r"([0-9]{1,12})(?:;[A-Za-z0-9_.-]+)?\n?")
_WOULD_START = re.compile(r"\bJob [0-9]+ to start at ")

# --exact: otherwise nodes of different sizes share a line that shows the smallest as "48+".
_SINFO = ("--all", "--exact", "--noheader", "--format=%R|%a|%l|%D|%T|%c|%m|%G|%f")
_IDLE = {"idle", "idle~", "idle#"}  # ~ and #: switched off to save power, and coming up
_LIMIT = re.compile(r"(?:(?:([0-9]+)-)?([0-9]+):)?([0-9]+):([0-9]+)")
_GPU = re.compile(r"(?:^|,)gpu(?::([A-Za-z0-9_.+-]+))?:([0-9]+)(?:\([^)]*\))?(?=,|$)")
_RESERVATION = re.compile(r"ReservationName=(\S+) .*\bState=\S+")


class Slurm(Scheduler):
    """One Slurm cluster, reached by the tools in ``bin_dir``."""

    def submit(self, submission: Submission, *, dry_run: bool = False) -> Command:
        argv = [f"{self.bin}/sbatch", "--parsable", *_options(submission)]
        if dry_run:
            argv.append("--test-only")
        return Command(tuple(argv), job_script(submission, stock_template()))

    def read_submit(self, reply: Reply) -> str:
        """Return the job id, or "" after a dry run that would have been queued."""
        if reply.code != 0:
            raise (Refused if _REFUSED.search(reply.err) else Unanswered)(words(reply))
        if match := _JOB_ID.fullmatch(reply.out):
            return match[1]
        if not reply.out and _WOULD_START.search(reply.err):
            return ""
        raise Unanswered("sbatch succeeded but did not print the number of a job")

    def jobs(self) -> Command:
        # --all: partitions that are hidden from the asking account or closed to it, too.
        columns = f"%A|%T|%u|%P|%B|%S|%e|%r|%{COMMENT_WIDTH}k"
        argv = ("--all", "--states=all", f"--name={JOB_NAME}", f"--format={columns}")
        return Command((f"{self.bin}/squeue", *argv))

    def read_jobs(self, reply: Reply) -> dict[str, Job]:
        return job_table(reply, PHASES)

    def cancel(self, job_id: str) -> Command:
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

    def partitions(self) -> Command:
        return Command((f"{self.bin}/sinfo", *_SINFO))

    def read_partitions(self, reply: Reply) -> dict[str, Partition]:
        merged: dict[str, Partition] = {}
        for line in lines(reply):
            part = _partition(line)
            merged[part.name] = _merge(merged[part.name], part) if part.name in merged else part
        return merged

    def memberships(self, user: str) -> Command:
        what = ("show", "associations", "where", f"user={user}", "format=Account,Partition,QOS")
        return Command((f"{self.bin}/sacctmgr", "--parsable2", *what))

    def read_memberships(self, reply: Reply) -> tuple[Membership, ...]:
        header, *rest = lines(reply)
        if header != "Account|Partition|QOS":
            raise Unanswered("the reply does not begin with the header of the association table")
        return tuple(_membership(line) for line in rest)

    def reservations(self) -> Command:
        return Command((f"{self.bin}/scontrol", "--oneliner", "show", "reservation"))

    def read_reservations(self, reply: Reply) -> tuple[str, ...]:
        rows = lines(reply)
        if rows == ["No reservations in the system"]:
            return ()
        matches = [_RESERVATION.match(row) for row in rows]
        if not all(matches):
            raise Unanswered("a line of the reply is no reservation")
        return tuple(match[1] for match in matches if match)


def _options(submission: Submission) -> list[str]:
    """Return the request as sbatch options: the command line wins over SBATCH_* and #SBATCH."""
    request, home = submission.request, str(submission.home)
    # sbatch expands %j and others in --output, and only there; %% is a plain percent sign.
    log = f"{home.replace('%', '%%')}/{request.log_name or JOB_NAME}_%j.log"
    options = {
        "job-name": JOB_NAME,
        "comment": f"{JOB_NAME}:{submission.uuid}",
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


def _days(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    return f"{days}-{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"


def _gres(gpus: int, gpu_type: str) -> str:
    return ":".join(filter(None, ("gpu", gpu_type, str(gpus)))) if gpus else ""


def _partition(line: str) -> Partition:
    try:
        name, up, limit, nodes, state, cores, memory, gres, features = line.split("|")
        return Partition(
            name=name,
            up=up == "up",
            max_walltime=_limit(limit),
            nodes=int(nodes),
            idle_nodes=int(nodes) if state in _IDLE else 0,
            cores=int(cores.removesuffix("+")),
            memory=int(memory.removesuffix("+")),
            gpus=_gpus(gres),
            features=frozenset(filter(None, known(features).split(","))),
        )
    except ValueError as error:
        raise Unanswered("a line of the reply is no row of the partition table") from error


def _merge(one: Partition, two: Partition) -> Partition:
    types = sorted({*one.gpus, *two.gpus})
    return Partition(
        name=one.name,
        up=one.up,
        max_walltime=one.max_walltime,
        nodes=one.nodes + two.nodes,
        idle_nodes=one.idle_nodes + two.idle_nodes,
        cores=max(one.cores, two.cores),
        memory=max(one.memory, two.memory),
        gpus={name: max(one.gpus.get(name, 0), two.gpus.get(name, 0)) for name in types},
        features=one.features | two.features,
    )


def _limit(text: str) -> int | None:
    """Return seconds for ``30:00`` (minutes and seconds), ``8:00:00``, ``7-00:00:00``."""
    if text.lower() in {"infinite", "unlimited", "n/a"}:
        return None
    if not (match := _LIMIT.fullmatch(text)):
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def _gpus(gres: str) -> dict[str, int]:
    """Return the GPUs of one node by type, from ``gpu:a100:4(S:0-1),gpu:2,shard:8``."""
    counts: dict[str, int] = {}
    for match in _GPU.finditer(gres):
        counts[match[1] or ""] = counts.get(match[1] or "", 0) + int(match[2])
    return counts


def _membership(line: str) -> Membership:
    if line.count("|") != 2:
        raise Unanswered("a line of the reply is no row of the association table")
    account, partition, qos = line.split("|")
    return Membership(account, partition, tuple(filter(None, qos.split(","))))
