"""The queues that ``qstat -f -F … -xml`` lists, one row for each queue on each host, as partitions.

A slot counts as a core. Of what a job takes away (``hc:gpu``) Grid Engine tells how much is
left, not how much there is.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element

from hub_config.schedulers.base import Partition, Reply, Unanswered
from hub_config.schedulers.gridjobs import ANY
from hub_config.schedulers.gridxml import field, number, rows

KNOWN = ("slots", "h_rt", "mem_total")
"""Attributes asked for besides the one that counts GPUs."""

# Letters of sge_status(5) and qstat(1) with which a queue on a host starts no job.
_CLOSED: Mapping[str, str] = {
    "u": "unreachable",
    "E": "error",
    "d": "disabled",
    "D": "disabled",
    "s": "suspended",
    "S": "suspended",
    "C": "suspended",
    "o": "obsolete",
    "c": "ambiguous",
}
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)([KMGT]?)")
_MIB = {"": 2.0**-20, "K": 2.0**-10, "M": 1.0, "G": 2.0**10, "T": 2.0**20}
_LIMIT = re.compile(r"([0-9]{1,7}):([0-9]{1,2}):([0-9]{1,2})")


def partitions(reply: Reply) -> dict[str, Partition]:
    """Return queues by name, and all of them together as ANY. Raises Unanswered."""
    merged: dict[str, Partition] = {}
    for row in rows(reply, "Queue-List"):
        try:
            part = _partition(row)
        except ValueError as error:
            raise Unanswered("a queue of the reply has a value that is none") from error
        # Queues share the GPUs of their hosts: their sum would be more than there are.
        for named in (part, replace(part, name=ANY, idle_gpus={})):
            before = merged.get(named.name)
            merged[named.name] = _merge(before, named) if before else named
    if not merged:
        raise Unanswered("the reply has no queue")
    return merged


def _partition(row: Element) -> Partition:
    name, at, _host = field(row, "name").partition("@")
    resources = {item.get("name", ""): (item.text or "").strip() for item in row.iter("resource")}
    slots, used = number(row, "slots_total"), number(row, "slots_used")
    closed = _closed(field(row, "state"))
    if not name or not at:
        raise ValueError("no name")
    state = closed or ("idle" if not used else "mixed" if used < slots else "allocated")
    gpus = [_whole(text) for key, text in resources.items() if key not in KNOWN]
    return Partition(
        name=name,
        up=not closed,
        closed=closed,
        max_walltime=_seconds(resources.get("h_rt", "")),
        nodes=1,
        idle_nodes=int(state == "idle"),
        cores=slots,
        memory=_mebibytes(resources.get("mem_total", "")),
        gpus_known=False,
        node_states={state: 1},
        idle_cores=0 if closed else max(0, slots - used),
        total_cores=slots,
        idle_gpus={"": sum(gpus)} if gpus and not closed else {},
    )


def _merge(one: Partition, two: Partition) -> Partition:
    """Return a queue on several hosts; it is closed if it is so on all of them."""
    limits = (one.max_walltime, two.max_walltime)
    return replace(
        one,
        up=one.up or two.up,
        closed=one.closed and two.closed,
        max_walltime=None if None in limits else max(limit or 0 for limit in limits),
        nodes=one.nodes + two.nodes,
        idle_nodes=one.idle_nodes + two.idle_nodes,
        cores=max(one.cores, two.cores),
        memory=max(one.memory, two.memory),
        node_states=dict(Counter(one.node_states) + Counter(two.node_states)),
        idle_cores=one.idle_cores + two.idle_cores,
        total_cores=one.total_cores + two.total_cores,
        idle_gpus={
            kind: one.idle_gpus.get(kind, 0) + two.idle_gpus.get(kind, 0)
            for kind in {*one.idle_gpus, *two.idle_gpus}
        },
    )


def _closed(state: str) -> str:
    return next((word for letter, word in _CLOSED.items() if letter in state), "")


def _whole(text: str) -> int:
    """Return ``3`` or ``3.000000`` as 3."""
    if not (match := _SIZE.fullmatch(text)):
        raise ValueError(text)
    return int(float(match[1]))


def _seconds(text: str) -> int | None:
    if text in ("", "INFINITY"):
        return None
    if not (match := _LIMIT.fullmatch(text)):
        raise ValueError(text)
    hours, minutes, seconds = map(int, match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _mebibytes(text: str) -> int:
    """Return ``23.541G`` in MiB; a host that does not answer tells no memory: 0."""
    if text in ("", "-"):
        return 0
    if not (match := _SIZE.fullmatch(text)):
        raise ValueError(text)
    return int(float(match[1]) * _MIB[match[2]])
