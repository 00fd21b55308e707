"""Why a job waits, in a sentence for its user: for every reason code that a scheduler gives.

The codes of Slurm are those of squeue(1), JOB REASON CODES, and of
https://slurm.schedmd.com/job_reason_codes.html; Hold and Error are what Grid Engine's states mean.
A code that nobody wrote a sentence for is shown as it is.
"""

import re
from collections.abc import Mapping

from hub_config.said import Said, said

SENTENCES: Mapping[str, Said] = {
    "AccountNotAllowed": said(
        "Your account may not use this partition: choose another account or partition."
    ),
    "AccountingPolicy": said("A limit of your account or QOS is reached."),
    "AssociationJobLimit": said("Your account has as many jobs as it may have at a time."),
    "AssociationResourceLimit": said("Your account uses as much as it may use at a time."),
    "AssociationTimeLimit": said("Your account has used up its computing time."),
    "BadConstraints": said("No node has what was asked for, so this will not start: ask for less."),
    "BeginTime": said("It is not to begin before a certain time."),
    "BurstBufferOperation": said("A fast file system is being prepared for it."),
    "BurstBufferResources": said("It waits for room on a fast file system."),
    "BurstBufferStageIn": said("Its data are being copied to a fast file system."),
    "Cleaning": said("The scheduler is still clearing up after its last attempt."),
    "DeadLine": said("It can no longer end before its deadline, so it will not start."),
    "Dependency": said("It waits for another job to end."),
    "DependencyNeverSatisfied": said("It waits for a job that failed, so it will not start."),
    "Error": said(
        "The scheduler tried to start it and could not, and will not try again: stop it, then "
        "tell your support."
    ),
    "FedJobLock": said("The clusters are agreeing which of them runs it."),
    "FrontEndDown": said("A node that starts jobs is out of order: tell your support."),
    "Hold": said("It is on hold: release it, or stop it and start again."),
    "InactiveLimit": said("It was inactive for too long."),
    "InvalidAccount": said("Its account is not valid (any more): choose another."),
    "InvalidQOS": said("Its QOS is not valid (any more): choose another."),
    "JobArrayTaskLimit": said("As many tasks of its array run as may run at a time."),
    "JobHeldAdmin": said("An administrator has put it on hold: ask your support."),
    "JobHeldUser": said("It is on hold. Release it with scontrol, or stop it and start again."),
    "JobHoldMaxRequeue": said(
        "It failed to start several times and is on hold: tell your support."
    ),
    "JobLaunchFailure": said("It could not be started on its node: stop it and start again."),
    "Licenses": said("It waits for a licence."),
    "MaxMemPerLimit": said(
        "It asks for more memory than a node or core may have here: ask for less."
    ),
    "NodeDown": said("A node that it needs is out of order."),
    "NonZeroExitCode": said("It ended with an error."),
    "None": said("The scheduler has not looked at it yet."),
    "OutOfMemory": said("It needed more memory than it had asked for."),
    "PowerNotAvail": said("The cluster has no power left for it."),
    "PowerReserved": said("The cluster keeps its power for other jobs."),
    "PartitionConfig": said("The partition does not allow what was asked for: choose another."),
    "PartitionDown": said("The partition takes jobs but starts none at the moment."),
    "PartitionInactive": said("The partition is closed at the moment."),
    "PartitionNodeLimit": said(
        "It asks for more or fewer nodes than the partition allows, or they are out of order."
    ),
    "PartitionTimeLimit": said("It asks for more time than the partition allows: ask for less."),
    "Priority": said("Others are before you in the queue."),
    "Prolog": said("Its node is being prepared."),
    "QOSJobLimit": said("The QOS has as many jobs as it may have at a time."),
    "QOSNotAllowed": said("This QOS may not be used here: choose another."),
    "QOSResourceLimit": said("The QOS uses as much as it may use at a time."),
    "QOSTimeLimit": said(
        "It asks for more time than the QOS allows, or the QOS has used up its time."
    ),
    "QOSUsageThreshold": said("Your account has used too much lately for this QOS."),
    "ReqNodeNotAvail": said("A node that it needs is in use, reserved or out of order."),
    "Reservation": said("It waits for its reservation to begin."),
    "ReservationDeleted": said("Its reservation has been removed: stop it and start without."),
    "Resources": said("It starts as soon as enough is free."),
    "SchedDefer": said("The scheduler is busy and looks at it later."),
    "SystemFailure": said("Something failed at the scheduler's side: tell your support."),
    "TimeLimit": said("Its time was over."),
    "WaitingForScheduling": said("The scheduler has not looked at it yet."),
}

# Sentences instead of a code: state_desc of slurmctld, which squeue shows in its place.
_TEXTS: tuple[tuple[re.Pattern[str], Said], ...] = (
    (
        re.compile(r"ReqNodeNotAvail\b.*\bmaintenance", re.IGNORECASE),
        said(
            "Nodes are set aside for a maintenance that begins before this could end: ask for less "
            "time, or wait until it is over."
        ),
    ),
    (
        re.compile(r"ReqNodeNotAvail\b.*\breserved for other job", re.IGNORECASE),
        said("The nodes that it needs are reserved for another job."),
    ),
    (
        re.compile(r"Nodes[ _]required[ _]for[ _]job[ _]are[ _]DOWN", re.IGNORECASE),
        said("The nodes that it needs are out of order, or reserved for jobs of higher priority."),
    ),
    (
        re.compile(r"job requeued in held state|launch failed requeued held", re.IGNORECASE),
        said("It was put back into the queue and is on hold: stop it and start again."),
    ),
)
_DOWN = re.compile(r"ReqNodeNotAvail\b.*\bUnavailableNodes:(\S+)")

# AssocGrpCPURunMinutesLimit, QOSMaxGRESPerUser, MaxJobsPerAccount, QOSMinCpuNotSatisfied, …
_LIMIT = re.compile(
    r"(?P<owner>Assoc|QOS|)(?P<kind>Grp|Max|Min)(?P<what>[A-Z][a-z]+|[A-Z]{2,}(?![a-z])|BB|GRES|CPU)"
    r"(?P<more>Jobs?|Duration)??(?P<minutes>Run(?:Minutes|Mins)|Minutes|Mins)?"
    r"(?:NotSatisfied)?(?:Per(?P<per>Job|User|Account|Node))?(?:Limit)?"
)
_THINGS: Mapping[str, Said] = {
    "BB": said("room on the fast file system"),
    "Billing": said("billing units"),
    "CPU": said("cores"),
    "CPUs": said("cores"),
    "Cpu": said("cores"),
    "Energy": said("energy"),
    "GRES": said("GPUs or other devices"),
    "Jobs": said("running jobs"),
    "Job": said("running jobs"),
    "Lic": said("licences"),
    "License": said("licences"),
    "Mem": said("memory"),
    "Memory": said("memory"),
    "Node": said("nodes"),
    "Nodes": said("nodes"),
    "Submit": said("jobs in the queue"),
    "Unknown": said("a resource of this cluster"),
    "Wall": said("time"),
}
_ONE: Mapping[str, Said] = {"Job": said("job"), "Node": said("node")}


def sentence(reason: str) -> Said:
    """Return what *reason* means; the reason itself, as the scheduler's words, if unknown."""
    for pattern, text in _TEXTS:
        if pattern.search(reason):
            return text
    if down := _DOWN.search(reason):
        return said("Nodes that it needs are out of order ({nodes}).", nodes=down[1])
    code = re.split(r"[\s,(:]", reason.strip(), maxsplit=1)[0]
    if known := SENTENCES.get(code or "None"):
        return known
    limit = _LIMIT.fullmatch(code)
    if limit and limit["what"] in _THINGS:
        return _limit_sentence(limit)
    return said("The scheduler says: {words}.", words=reason)


def _limit_sentence(limit: re.Match[str]) -> Said:
    thing = _THINGS[limit["what"]]
    whose = said("the QOS") if limit["owner"] == "QOS" else said("your account")
    if limit["kind"] == "Min":
        return said(
            "It asks for less than {whose} demands ({thing}): ask for more.",
            whose=whose, thing=thing,
        )  # fmt: skip
    if one := _ONE.get(limit["per"] or ""):
        what = said("computing time ({thing})", thing=thing) if limit["minutes"] else thing
        return said(
            "It asks for more {thing} than {whose} allows one {one}: ask for less.",
            thing=what, whose=whose, one=one,
        )  # fmt: skip
    return _shared(limit, whose, thing)


def _shared(limit: re.Match[str], whose: Said, thing: Said) -> Said:
    """Say which limit of many jobs together is reached."""
    if limit["minutes"] and limit["minutes"].startswith("Run"):
        return said(
            "The running jobs of {whose} have booked all the computing time ({thing}) that they "
            "may book. It starts when they have less of it left.",
            whose=whose, thing=thing,
        )  # fmt: skip
    if limit["minutes"] or limit["what"] == "Wall":
        return said("The computing time of {whose} ({thing}) is used up.", whose=whose, thing=thing)
    if limit["per"] == "User" or (limit["kind"] == "Max" and not limit["per"]):
        return said(
            "You have all that {whose} allows one person: {thing}. It starts when one of your jobs "
            "ends.",
            whose=whose, thing=thing,
        )  # fmt: skip
    return said(
        "The jobs of {whose} together have all that they may have: {thing}. It starts when some of "
        "them end.",
        whose=whose, thing=thing,
    )  # fmt: skip
