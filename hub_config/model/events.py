"""What the hub's event log tells: the names of its events, and the ways in which a server ends.

The events themselves are described by the JSON Schemas in ``hub_config/schema/events``. A new
meaning of a field is a new version there; a new field is not.
"""

from enum import StrEnum

REQUESTED, READY, ENDED = "server-requested", "server-ready", "server-ended"
NAMES = (REQUESTED, READY, ENDED)
VERSION = 1
READ = "custom:usage:read"
"""The scope that lets a token read the log, names of users and all."""


class Outcome(StrEnum):
    """How a server ended, or why it never came to be."""

    FINISHED = "finished"  # by itself
    STOPPED = "stopped"  # it was ready, and was stopped in the hub
    WITHDRAWN = "withdrawn"  # its start was given up by a person, in the hub
    CANCELLED = "cancelled"  # its job was cancelled outside of the hub
    TIMEOUT = "timeout"  # its walltime was over
    FAILED = "failed"
    OUT_OF_MEMORY = "out_of_memory"
    NODE_FAILURE = "node_failure"
    PREEMPTED = "preempted"
    REFUSED = "refused"  # the scheduler did not take the job
    START_TIMEOUT = "start_timeout"  # it was not ready in time
    NO_ANSWER = "no_answer"  # its job ran, and the server kept silent
    STUCK = "stuck"  # its job waited for what does not come by itself
    LOST = "lost"  # it is gone, and nobody says how


FAILURES = frozenset(
    {
        Outcome.FAILED,
        Outcome.OUT_OF_MEMORY,
        Outcome.NODE_FAILURE,
        Outcome.PREEMPTED,
        Outcome.REFUSED,
        Outcome.START_TIMEOUT,
        Outcome.NO_ANSWER,
        Outcome.STUCK,
        Outcome.LOST,
    }
)
"""The ends that are nobody's wish."""


def is_failure(outcome: str, ready: bool) -> bool:
    """Return whether a server that was *ready* or never so did not give what it was asked for."""
    return outcome in FAILURES or (not ready and outcome in (Outcome.TIMEOUT, Outcome.CANCELLED))
