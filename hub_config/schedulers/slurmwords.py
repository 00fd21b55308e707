"""Slurm's words: what a job's state means for a server, and which answers mean no."""

import re
from collections.abc import Mapping

from hub_config.schedulers.base import Phase

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

# Reasons of a pending job that nobody meant and that do not pass: slurmctld has put a job whose
# start failed back into the queue, on hold. Who is held by a person waits for that person.
STUCK = frozenset(
    {"JobHoldMaxRequeue", "launch failed requeued held", "job requeued in held state"}
)

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
REFUSED = re.compile(
    r"(?:Batch job submission failed|allocation failure): (?:" + "|".join(map(re.escape, _NO)) + ")"
)
