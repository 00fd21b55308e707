"""Why a job waits, in a sentence for its user: for every reason code that a scheduler gives.

The codes of Slurm are those of squeue(1), JOB REASON CODES, and of
https://slurm.schedmd.com/job_reason_codes.html; Hold and Error are what Grid Engine's states mean.
A code that nobody wrote a sentence for is shown as it is.
"""

import re
from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "AccountNotAllowed": "Your account may not use this partition: choose another of the two.",
    "AccountingPolicy": "A limit of your account or QOS is reached.",
    "AssociationJobLimit": "Your account has as many jobs as it may have at a time.",
    "AssociationResourceLimit": "Your account uses as much as it may use at a time.",
    "AssociationTimeLimit": "Your account has used up its computing time.",
    "BadConstraints": "No node has what was asked for, so this will not start: ask for less.",
    "BeginTime": "It is not to begin before a certain time.",
    "BurstBufferOperation": "A fast file system is being prepared for it.",
    "BurstBufferResources": "It waits for room on a fast file system.",
    "BurstBufferStageIn": "Its data are being copied to a fast file system.",
    "Cleaning": "The scheduler is still clearing up after its last attempt.",
    "DeadLine": "It can no longer end before its deadline, so it will not start.",
    "Dependency": "It waits for another job to end.",
    "DependencyNeverSatisfied": "It waits for a job that failed, so it will not start.",
    "Error": "The scheduler tried to start it and could not, and will not try again: stop it, then "
    "tell your support.",
    "FedJobLock": "The clusters are agreeing which of them runs it.",
    "FrontEndDown": "A node that starts jobs is out of order: tell your support.",
    "Hold": "It is on hold: release it, or stop it and start again.",
    "InactiveLimit": "It was inactive for too long.",
    "InvalidAccount": "Its account is not valid (any more): choose another.",
    "InvalidQOS": "Its QOS is not valid (any more): choose another.",
    "JobArrayTaskLimit": "As many tasks of its array run as may run at a time.",
    "JobHeldAdmin": "An administrator has put it on hold: ask your support.",
    "JobHeldUser": "It is on hold. Release it with scontrol, or stop it and start again.",
    "JobHoldMaxRequeue": "It failed to start several times and is on hold: tell your support.",
    "JobLaunchFailure": "It could not be started on its node: stop it and start again.",
    "Licenses": "It waits for a licence.",
    "MaxMemPerLimit": "It asks for more memory than a node or core may have here: ask for less.",
    "NodeDown": "A node that it needs is out of order.",
    "NonZeroExitCode": "It ended with an error.",
    "None": "The scheduler has not looked at it yet.",
    "OutOfMemory": "It needed more memory than it had asked for.",
    "PowerNotAvail": "The cluster has no power left for it.",
    "PowerReserved": "The cluster keeps its power for other jobs.",
    "PartitionConfig": "The partition does not allow what was asked for: choose another.",
    "PartitionDown": "The partition takes jobs but starts none at the moment.",
    "PartitionInactive": "The partition is closed at the moment.",
    "PartitionNodeLimit": "It asks for more or fewer nodes than the partition allows, or they are "
    "out of order.",
    "PartitionTimeLimit": "It asks for more time than the partition allows: ask for less.",
    "Priority": "Others are before you in the queue.",
    "Prolog": "Its node is being prepared.",
    "QOSJobLimit": "The QOS has as many jobs as it may have at a time.",
    "QOSNotAllowed": "This QOS may not be used here: choose another.",
    "QOSResourceLimit": "The QOS uses as much as it may use at a time.",
    "QOSTimeLimit": "It asks for more time than the QOS allows, or the QOS has used up its time.",
    "QOSUsageThreshold": "Your account has used too much lately for this QOS.",
    "ReqNodeNotAvail": "A node that it needs is in use, reserved or out of order.",
    "Reservation": "It waits for its reservation to begin.",
    "ReservationDeleted": "Its reservation has been removed: stop it and start without.",
    "Resources": "You are next: it starts as soon as enough is free.",
    "SchedDefer": "The scheduler is busy and looks at it later.",
    "SystemFailure": "Something failed at the scheduler's side: tell your support.",
    "TimeLimit": "Its time was over.",
    "WaitingForScheduling": "The scheduler has not looked at it yet.",
}

# Sentences instead of a code: state_desc of slurmctld, which squeue shows in its place.
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"ReqNodeNotAvail\b.*\bmaintenance", re.IGNORECASE),
        "Nodes are set aside for a maintenance that begins before this could end: ask for less "
        "time, or wait until it is over.",
    ),
    (
        re.compile(r"ReqNodeNotAvail\b.*\breserved for other job", re.IGNORECASE),
        "The nodes that it needs are reserved for another job.",
    ),
    (
        re.compile(r"Nodes[ _]required[ _]for[ _]job[ _]are[ _]DOWN", re.IGNORECASE),
        "The nodes that it needs are out of order, or reserved for jobs of higher priority.",
    ),
    (
        re.compile(r"job requeued in held state|launch failed requeued held", re.IGNORECASE),
        "It was put back into the queue and is on hold: stop it and start again.",
    ),
)
_DOWN = re.compile(r"ReqNodeNotAvail\b.*\bUnavailableNodes:(\S+)")

# AssocGrpCPURunMinutesLimit, QOSMaxGRESPerUser, MaxJobsPerAccount, QOSMinCpuNotSatisfied, …
_LIMIT = re.compile(
    r"(?P<owner>Assoc|QOS|)(?P<kind>Grp|Max|Min)(?P<what>[A-Z][a-z]+|[A-Z]{2,}(?![a-z])|BB|GRES|CPU)"
    r"(?P<more>Jobs?|Duration)??(?P<minutes>Run(?:Minutes|Mins)|Minutes|Mins)?"
    r"(?:NotSatisfied)?(?:Per(?P<per>Job|User|Account|Node))?(?:Limit)?"
)
_THINGS: Mapping[str, str] = {
    "BB": "room on the fast file system",
    "Billing": "billing units",
    "CPU": "cores",
    "CPUs": "cores",
    "Cpu": "cores",
    "Energy": "energy",
    "GRES": "GPUs or other devices",
    "Jobs": "running jobs",
    "Job": "running jobs",
    "Lic": "licences",
    "License": "licences",
    "Mem": "memory",
    "Memory": "memory",
    "Node": "nodes",
    "Nodes": "nodes",
    "Submit": "jobs in the queue",
    "Unknown": "a resource of this cluster",
    "Wall": "time",
}


def sentence(reason: str) -> str:
    """Return what *reason* means; the reason itself, as the scheduler's words, if unknown."""
    for pattern, text in _TEXTS:
        if pattern.search(reason):
            return text
    if down := _DOWN.search(reason):
        return f"Nodes that it needs are out of order ({down[1]})."
    code = re.split(r"[\s,(:]", reason.strip(), maxsplit=1)[0]
    if known := SENTENCES.get(code or "None"):
        return known
    limit = _LIMIT.fullmatch(code)
    if limit and limit["what"] in _THINGS:
        return _limit_sentence(limit)
    return f"The scheduler says: {reason}."


def _limit_sentence(limit: re.Match[str]) -> str:
    thing = _THINGS[limit["what"]]
    whose = "the QOS" if limit["owner"] == "QOS" else "your account"
    if limit["kind"] == "Min":
        return f"It asks for less than {whose} demands ({thing}): ask for more."
    if limit["per"] in ("Job", "Node"):
        what = f"computing time ({thing})" if limit["minutes"] else thing
        return f"It asks for more {what} than {whose} allows one {limit['per'].lower()}: " \
            "ask for less."  # fmt: skip
    if limit["minutes"] and limit["minutes"].startswith("Run"):
        return f"The running jobs of {whose} have booked all the computing time ({thing}) that " \
            "they may book. It starts when they have less of it left."  # fmt: skip
    if limit["minutes"] or limit["what"] == "Wall":
        return f"The computing time of {whose} ({thing}) is used up."
    if limit["per"] == "User" or (limit["kind"] == "Max" and not limit["per"]):
        return f"You have all that {whose} allows one person: {thing}. It starts when one of " \
            "your jobs ends."  # fmt: skip
    return f"The jobs of {whose} together have all that they may have: {thing}. It starts when " \
        "some of them end."  # fmt: skip
