"""How servers fail, in words."""

from collections.abc import Mapping

from hub_config.model.events import Outcome
from hub_config.said import Said, said

_FAILURES: Mapping[str, Said] = {
    Outcome.FAILED: said("The job failed"),
    Outcome.OUT_OF_MEMORY: said("Memory ran out"),
    Outcome.NODE_FAILURE: said("A compute node failed"),
    Outcome.PREEMPTED: said("The job had to make way for another"),
    Outcome.REFUSED: said("The scheduler did not take the job"),
    Outcome.START_TIMEOUT: said("Not ready in time"),
    Outcome.NO_ANSWER: said("The job ran, but the server did not answer"),
    Outcome.STUCK: said("The job could not start"),
    Outcome.LOST: said("Gone, and nobody says how"),
    Outcome.TIMEOUT: said("The walltime was over before the server was ready"),
    Outcome.CANCELLED: said("The job was cancelled before the server was ready"),
}


def failure(outcome: str) -> str:
    """Return how a server failed; one that only a later hub knows as the hub names it."""
    return _FAILURES.get(outcome, outcome)
