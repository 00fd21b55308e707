"""What makes a reply complete, and the job table that squeue prints and ours imitates.

A reply that is cut off, empty or mixed with complaints tells nothing: a job missing from it
may well be running. So every query prints a header line, and a reply counts only if the
command succeeded, complained of nothing, and printed header and whole lines.
"""

import re
from collections.abc import Mapping

from hub_config.schedulers.base import JOB_NAME, Job, Phase, Reply, Unanswered

COMMENT_WIDTH = len(JOB_NAME) + 1 + 32 + 1 + 30 + 1 + 5
"""Characters of ``berth:<uuid>:<server name>:<port>``: the comment column is cut to it."""

ROW_MARK = "=" * (COMMENT_WIDTH + 1) + "|"
"""Begins each line of a job table, and is longer than a comment: no comment can hold a row."""

HEADER = f"{ROW_MARK}JOBID|STATE|USER|PARTITION|EXEC_HOST|START_TIME|END_TIME|REASON|COMMENT"

_COMPLAINT = re.compile(r"\b(?:error|fatal)\b", re.IGNORECASE)
# The comment is what the scheduler printed last: up to so many characters, bars and line feeds too.
_ROW = re.compile(
    r"(?P<job_id>[0-9]{1,12})\|(?P<state>[A-Z_]{1,32})\|(?P<user>[^|\n]{1,64})"
    r"\|(?P<partition>[^|\n]*)\|(?P<host>[^|\n]*)\|(?P<start>[^|\n]*)\|(?P<end>[^|\n]*)"
    rf"\|(?P<reason>[^\n]*?)\|(?P<comment>(?s:.){{0,{COMMENT_WIDTH}}})"
)
# What older releases of ours wrote has neither server nor port.
_OURS = re.compile(
    rf"{JOB_NAME}:(?P<uuid>[0-9a-f]{{32}})"
    r"(?::(?P<server>[a-z0-9-]{0,30})(?::(?P<port>[0-9]{1,5}))?)?"
)
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


def comment(uuid: str, server: str, port: int = 0) -> str:
    """Return what is written beside a job, for ``job_table`` to read."""
    return f"{JOB_NAME}:{uuid}:{server}" + (f":{port}" if port else "")


def job_table(reply: Reply, phases: Mapping[str, Phase]) -> dict[str, Job]:
    """Return our jobs by id from a table under HEADER. Raises Unanswered.

    Anybody may name a job ``berth`` and give it any comment, line feeds included; none is as
    long as ROW_MARK, so what follows the mark is the scheduler's own up to the comment. Comments
    are padded to COMMENT_WIDTH: where a row is longer, something else has got into the table.
    """
    text = "\n".join(lines(reply))
    header, *rows = text.split(f"\n{ROW_MARK}")
    if header.rstrip(" ") != HEADER:
        raise Unanswered("the reply does not begin with the header of the job table")
    jobs = (_row(row, phases) for row in rows)
    return {job.job_id: job for job in jobs if job}


def _row(text: str, phases: Mapping[str, Phase]) -> Job | None:
    """Return the job; None: it is not ours. Raises Unanswered if it is no row."""
    row = _ROW.fullmatch(text)
    if row is None or ROW_MARK in text:
        raise Unanswered("a line of the reply is no row of the job table")
    ours = _OURS.fullmatch(row["comment"].strip(" "))
    return _job(row, ours, phases) if ours else None


def _job(row: re.Match[str], ours: re.Match[str], phases: Mapping[str, Phase]) -> Job:
    return Job(
        job_id=row["job_id"],
        uuid=ours["uuid"],
        server=ours["server"] or "",
        port=int(ours["port"] or 0),
        user=row["user"].strip(),
        phase=phases.get(row["state"], Phase.UNKNOWN),
        state=row["state"],
        host=known(row["host"]),
        partition=known(row["partition"]),
        reason=known(row["reason"]),
        start=moment(row["start"]),
        end=moment(row["end"]),
    )


def moment(value: str) -> str:
    """Return a time as schedulers write it, empty for anything else."""
    return value if _TIME.fullmatch(value) else ""
