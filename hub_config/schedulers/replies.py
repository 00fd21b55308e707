"""What makes a reply complete, and the job table that squeue prints and ours imitates.

A reply that is cut off, empty or mixed with complaints tells nothing: a job missing from it
may well be running. So every query prints a header line, and a reply counts only if the
command succeeded, complained of nothing, and printed header and whole lines.
"""

import re
from collections.abc import Mapping

from hub_config.schedulers.base import JOB_NAME, Job, Phase, Reply, Unanswered

COMMENT_WIDTH = len(JOB_NAME) + 1 + 32
"""Characters of ``berth:<uuid>``: the comment column is cut to it."""

HEADER = "JOBID|STATE|USER|PARTITION|EXEC_HOST|START_TIME|END_TIME|REASON|COMMENT"

_COMPLAINT = re.compile(r"\b(?:error|fatal)\b", re.IGNORECASE)
_ROW = re.compile(
    r"(?P<job_id>[0-9]{1,12})\|(?P<state>[A-Z_]{1,32})\|(?P<user>[^|]{1,64})"
    r"\|(?P<partition>[^|]*)\|(?P<host>[^|]*)\|(?P<start>[^|]*)\|(?P<end>[^|]*)"
    r"\|(?P<reason>.*)\|(?P<comment>[^|]*)"
)
_OURS = re.compile(rf"{JOB_NAME}:([0-9a-f]{{32}})")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_NOTHING = {"(null)", "n/a", "none", "null", "unknown"}


def words(reply: Reply) -> str:
    """Return what a failed command said, or that it said nothing."""
    return reply.err.strip()[:4000] or f"exit code {reply.code} without a word"


def lines(reply: Reply) -> list[str]:
    """Return the lines of a complete reply, the header first. Raises Unanswered."""
    if reply.code != 0 or _COMPLAINT.search(reply.err):
        raise Unanswered(words(reply))
    if not reply.out.endswith("\n"):
        raise Unanswered("the reply is empty or ends in the middle of a line")
    # Not splitlines(): it also splits at characters that may stand inside a value.
    return reply.out[:-1].split("\n")


def known(value: str) -> str:
    """Return *value* without padding, empty if it is a scheduler's word for nothing."""
    value = value.strip()
    return "" if value.lower() in _NOTHING else value


def job_table(reply: Reply, phases: Mapping[str, Phase]) -> dict[str, Job]:
    """Return our jobs by id from a table under HEADER. Raises Unanswered.

    Anybody may name a job ``berth`` and give it any comment, line feeds included. Cut to
    COMMENT_WIDTH it is too short to hold a row of ours, so what follows a foreign row and is
    no row is the rest of its comment; after a row of ours it is damage.
    """
    header, *rest = lines(reply)
    if header.rstrip() != HEADER:
        raise Unanswered("the reply does not begin with the header of the job table")
    jobs: dict[str, Job] = {}
    after_foreign = False
    for line in rest:
        if row := _ROW.fullmatch(line):
            ours = _OURS.fullmatch(row["comment"].strip())
            after_foreign = ours is None
            if ours:
                jobs[row["job_id"]] = _job(row, ours[1], phases)
        elif not after_foreign or len(line) > COMMENT_WIDTH:
            raise Unanswered("a line of the reply is no row of the job table")
    return jobs


def _job(row: re.Match[str], uuid: str, phases: Mapping[str, Phase]) -> Job:
    return Job(
        job_id=row["job_id"],
        uuid=uuid,
        user=row["user"].strip(),
        phase=phases.get(row["state"], Phase.UNKNOWN),
        state=row["state"],
        host=known(row["host"]),
        partition=known(row["partition"]),
        reason=known(row["reason"]),
        start=_time(row["start"]),
        end=_time(row["end"]),
    )


def _time(value: str) -> str:
    return value if _TIME.fullmatch(value) else ""
