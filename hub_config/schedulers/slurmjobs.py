"""What Slurm tells of jobs beside the job table: how they ended, and who waits before whom."""

import re
from collections import Counter

from hub_config.schedulers.base import Ending, Phase, Place, Reply, Unanswered
from hub_config.schedulers.replies import known, lines, moment
from hub_config.schedulers.slurmwords import PHASES

ENDING_COLUMNS = "JobIDRaw|User|UID|State|ExitCode|NodeList|End"
"""Of ``sacct --format``, and the header it prints."""

PLACE_COLUMNS = {"%A": "JOBID", "%P": "PARTITION", "%S": "START_TIME"}
"""Of ``squeue --format``, and the header each has."""

_ENDING = re.compile(
    r"(?P<job_id>[0-9]{1,12})(?P<step>\.[a-z0-9+]+)?\|(?P<user>[^|]*)\|(?P<uid>[0-9]*)"
    r"\|(?P<state>[A-Z_]+)(?: by (?P<by>[0-9]+))?\+?\|(?P<exit>(?:[0-9]+:[0-9]+)?)"
    r"\|(?P<host>[^|]*)\|(?P<end>[^|]*)"
)
# The whole of it at once: the queue of a large cluster has tens of thousands of rows.
_PLACES = re.compile(r"(?:[0-9]{1,12}\|[^|\n]+\|[^|\n]+\n)*")


def endings(reply: Reply) -> dict[str, Ending]:
    """Return the jobs that have ended, by id, from sacct's table. Raises Unanswered.

    The accounting is some seconds behind: a job that is missing may be there at the next look.
    """
    header, *rows = lines(reply)
    if header != ENDING_COLUMNS:
        raise Unanswered("the reply does not begin with the header of the accounting table")
    matches = [_ENDING.fullmatch(row) for row in rows]
    found: dict[str, Ending] = {}
    starved = {row["job_id"] for row in matches if row and row["state"] == "OUT_OF_MEMORY"}
    for row in matches:
        if row is None:
            raise Unanswered("a line of the reply is no row of the accounting table")
        if not row["step"] and PHASES.get(row["state"]) is Phase.ENDED:
            found[row["job_id"]] = _ending(row, row["job_id"] in starved)
    return found


def _ending(row: re.Match[str], starved: bool) -> Ending:
    # The kernel kills a process of a step; what becomes of the job is up to the script.
    out_of_memory = starved and row["state"] == "FAILED"
    return Ending(
        job_id=row["job_id"],
        state="OUT_OF_MEMORY" if out_of_memory else row["state"],
        exit_code=row["exit"],
        by=_name(row["by"], row),
        host=known(row["host"]),
        end=moment(row["end"]),
    )


def _name(uid: str | None, row: re.Match[str]) -> str:
    """Return the account behind *uid* as far as the row tells: its owner's, or root."""
    if uid is None:
        return ""
    return {row["uid"]: str(row["user"]), "0": "root"}.get(uid, f"uid {uid}")


def places(reply: Reply) -> dict[str, Place]:
    """Return pending jobs by id from squeue's table, in its order. Raises Unanswered.

    A job for several partitions has a row in each: the place nearest to the front counts.
    """
    header, *rows = lines(reply)
    if header != "|".join(PLACE_COLUMNS.values()):
        raise Unanswered("the reply does not begin with the header of the table of places")
    if not _PLACES.fullmatch(reply.out, len(header) + 1):
        raise Unanswered("a line of the reply is no row of the table of places")
    found = [row.split("|") for row in rows]
    waiting = Counter(partition for _, partition, _ in found)
    before: Counter[str] = Counter()
    by_id: dict[str, Place] = {}
    for job_id, partition, start in found:
        before[partition] += 1
        nearest = by_id.get(job_id)
        if nearest is None or before[partition] < nearest.position:
            by_id[job_id] = Place(before[partition], waiting[partition], partition, moment(start))
    return by_id
