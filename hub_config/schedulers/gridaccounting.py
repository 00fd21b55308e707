"""How jobs ended, as qacct prints it: a line for each value, a line of ``=`` before each job.

What ``failed`` means is in sge_status(5). Nobody can tell from it who deleted a job.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from hub_config.schedulers.base import JOB_NAME, Ending, Reply, Unanswered
from hub_config.schedulers.replies import lines

_RULE = re.compile("={62}")
_LINE = re.compile(r"(?P<key>[a-z][a-z_]{1,15}) +(?P<value>.*)")
_NEEDED = ("hostname", "jobname", "jobnumber", "failed", "exit_status", "end_time", "category")
_NOT_THERE = re.compile(r"error: job (?:id|name) \S+ not found")
_NOTHING_YET = "no jobs running since startup\n"  # beside a complaint that the file is not there
_TERM = 128 + 15
# Of "failed": the host lost it, and limits that Grid Engine itself enforces.
_NODE, _LIMIT, _KILLED, _AGAIN = (18, 19, 21), 37, 100, (24, 25)
_LIMITS = re.compile(r"\bh_(?P<name>rt|vmem)=(?P<value>[0-9]{1,9})\b")


def endings(reply: Reply) -> dict[str, Ending]:
    """Return endings by job id, of the last run of each. Raises Unanswered."""
    if reply.code == 1 and (reply.out == _NOTHING_YET or _NOT_THERE.match(reply.err)):
        return {}
    found = (_ending(record) for record in _records(lines(reply)))
    return {ending.job_id: ending for ending in found if ending}


def _records(text: list[str]) -> Iterator[dict[str, str]]:
    record: dict[str, str] = {}
    if not _RULE.fullmatch(text[0]):
        raise Unanswered("the reply does not begin as one of qacct does")
    for line in text[1:]:
        if _RULE.fullmatch(line):
            yield record
            record = {}
        elif match := _LINE.fullmatch(line):
            record[match["key"]] = match["value"].strip()
        else:
            raise Unanswered("a line of the reply is none of qacct's")
    yield record


def _ending(record: Mapping[str, str]) -> Ending | None:
    """Return how this job of ours ended; None: it is another's, or will run again."""
    if missing := [key for key in _NEEDED if key not in record]:
        raise Unanswered(f"a job of the reply has no {missing[0]}")
    failed, _, words = record["failed"].partition(":")
    code, number = _number(failed), _number(record["exit_status"].partition("(")[0])
    if code in _AGAIN or not record["jobname"].startswith(f"{JOB_NAME}-"):
        return None
    return Ending(
        job_id=str(_number(record["jobnumber"])),
        state=_state(code, number, record),
        reason=words.strip(),
        exit_code=f"0:{number - 128}" if number > 128 else f"{number}:0",
        host=record["hostname"],
        end=_time(record["end_time"]),
    )


def _state(code: int, number: int, record: Mapping[str, str]) -> str:
    """Return the end in the words that other schedulers have for it."""
    if code == 0 and number == _TERM:
        return "CANCELLED"  # our script was told to end, told the server, and that did
    if code == 0:
        return "FAILED" if number else "COMPLETED"
    if code in _NODE:
        return "NODE_FAIL"
    if code == _LIMIT:
        limits = dict(_LIMITS.findall(record["category"]))
        ran = _number(record.get("ru_wallclock", "0").partition(".")[0].rstrip("s"))
        return "TIMEOUT" if ran >= int(limits.get("rt", 0)) else "OUT_OF_MEMORY"
    return "CANCELLED" if code == _KILLED else "FAILED"


def _number(text: str) -> int:
    if not (text := text.strip()).isdigit() or len(text) > 12:
        raise Unanswered("a job of the reply has a number that is none")
    return int(text)


def _time(text: str) -> str:
    """Return ``Sat Nov 21 15:43:29 2026`` as all schedulers do, "" for a job that never ran."""
    try:
        return datetime.strptime(text, "%a %b %d %H:%M:%S %Y").isoformat()
    except ValueError:
        return ""
