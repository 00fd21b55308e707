"""What sinfo and scontrol tell of partitions, nodes and reservations, as values."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import product

from hub_config.schedulers.base import Partition, Reply, Reservation, Unanswered
from hub_config.schedulers.replies import known, lines, moment

COLUMNS = (
    "PartitionName", "Available", "Time", "Nodes", "StateLong", "CPUs", "Memory", "CPUsState",
    "Gres", "GresUsed", "Features", "NodeList",
)  # fmt: skip
"""Of ``sinfo --Format``. GPUs in use are told in this way only, not by ``--format``."""

MOST_NODES = 100_000
"""Nodes of a reservation at most: more is no list of nodes."""

_LIMIT = re.compile(r"(?:(?:([0-9]+)-)?([0-9]+):)?([0-9]+):([0-9]+)")
_GPU = re.compile(r"(?:^|,)gpu(?::([A-Za-z0-9_.+-]+))?:([0-9]+)(?:\([^)]*\))?(?=,|$)")
_STATE = re.compile(r"([a-z_]+)([*~#!%$@^+-]*)")
_USABLE = {"idle", "mixed", "allocated", "completing", "planned"}
_RESERVATION = re.compile(r"ReservationName=\S+ .*\bState=\S+(?: .*)?")
_FIELD = re.compile(r"(?:^| )(\w+)=(\S*)")
_HOSTS = re.compile(r"(?:[^,\[\]]|\[[^\[\]]*\])+")
_PART = re.compile(r"\[([0-9,-]+)\]|([^\[\]]+)")


def partitions(reply: Reply) -> dict[str, Partition]:
    """Return partitions by name from a table of COLUMNS. Raises Unanswered."""
    header, *rows = lines(reply)
    if not (header.startswith("PARTITION|") and header.count("|") == len(COLUMNS)):
        raise Unanswered("the reply does not begin with the header of the partition table")
    merged: dict[str, Partition] = {}
    for row in rows:
        part = _partition(row)
        merged[part.name] = _merge(merged[part.name], part) if part.name in merged else part
    return merged


def _partition(row: str) -> Partition:
    try:
        name, up, limit, nodes, state, cores, memory, of, gres, used, *last = row.split("|")
        features, hosts, end = last
        word, usable = _state(state)
        _, idle, _, total = map(int, of.split("/"))
        count, per_node, in_use = int(nodes), _gpus(gres), _gpus(used)
        if end or not name:
            raise ValueError(row)
        return Partition(
            name=name,
            up=up == "up",
            closed={"up": "", "inact": "inactive"}.get(up, up),
            max_walltime=_limit(limit),
            nodes=count,
            idle_nodes=count if usable and word == "idle" else 0,
            cores=int(cores.removesuffix("+")),
            memory=int(memory.removesuffix("+")),
            gpus=per_node,
            features=frozenset(filter(None, known(features).split(","))),
            node_states={word: count} if count else {},
            idle_cores=idle if usable else 0,
            total_cores=total,
            idle_gpus={
                kind: count * max(0, most - in_use.get(kind, 0)) if usable else 0
                for kind, most in per_node.items()
            },
            total_gpus={kind: count * most for kind, most in per_node.items()},
            hosts=_known_hosts(known(hosts)),
        )
    except ValueError as error:
        raise Unanswered("a line of the reply is no row of the partition table") from error


def _state(text: str) -> tuple[str, bool]:
    """Return the word for a node's state without its flags, and whether jobs can start there.

    The flags are those of sinfo(1), NODE STATE CODES: ``*`` does not answer, ``~`` and ``#``
    are switched off to save power and coming up, ``$`` is in a maintenance reservation.
    """
    match = _STATE.fullmatch(text)
    if not match:
        # A partition without nodes has the state n/a.
        return known(text), False
    word, flags = match[1], match[2]
    if "*" in flags and word in _USABLE:
        word = "down"
    if "$" in flags:
        word = "maint"
    return word, word in _USABLE and not set(flags) & set("!%@^")


def _merge(one: Partition, two: Partition) -> Partition:
    return replace(
        one,
        nodes=one.nodes + two.nodes,
        idle_nodes=one.idle_nodes + two.idle_nodes,
        cores=max(one.cores, two.cores),
        memory=max(one.memory, two.memory),
        gpus={kind: max(counts) for kind, counts in _by_type(one.gpus, two.gpus)},
        features=one.features | two.features,
        node_states=dict(Counter(one.node_states) + Counter(two.node_states)),
        idle_cores=one.idle_cores + two.idle_cores,
        total_cores=one.total_cores + two.total_cores,
        idle_gpus={kind: sum(counts) for kind, counts in _by_type(one.idle_gpus, two.idle_gpus)},
        total_gpus={kind: sum(counts) for kind, counts in _by_type(one.total_gpus, two.total_gpus)},
        hosts=one.hosts | two.hosts if one.hosts and two.hosts else frozenset(),
    )


def _by_type(
    one: Mapping[str, int], two: Mapping[str, int]
) -> Iterator[tuple[str, tuple[int, int]]]:
    for kind in sorted({*one, *two}):
        yield kind, (one.get(kind, 0), two.get(kind, 0))


def _limit(text: str) -> int | None:
    """Return seconds for ``30:00`` (minutes and seconds), ``8:00:00``, ``7-00:00:00``."""
    if text.lower() in {"infinite", "unlimited", "n/a"}:
        return None
    if not (match := _LIMIT.fullmatch(text)):
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def _gpus(gres: str) -> dict[str, int]:
    """Return the GPUs of one node by type, from ``gpu:a100:4(S:0-1),gpu:2,shard:8``."""
    counts: dict[str, int] = {}
    for match in _GPU.finditer(gres):
        counts[match[1] or ""] = counts.get(match[1] or "", 0) + int(match[2])
    return counts


def reservations(reply: Reply) -> tuple[Reservation, ...]:
    """Return what ``scontrol --oneliner show reservation`` lists. Raises Unanswered."""
    rows = lines(reply)
    if rows == ["No reservations in the system"]:
        return ()
    if not all(map(_RESERVATION.fullmatch, (row.rstrip() for row in rows))):
        raise Unanswered("a line of the reply is no reservation")
    return tuple(_reservation(dict(_FIELD.findall(row))) for row in rows)


def _reservation(fields: Mapping[str, str]) -> Reservation:
    return Reservation(
        name=fields["ReservationName"],
        start=_epoch(fields.get("StartTime", "")),
        end=_epoch(fields.get("EndTime", "")),
        nodes=_hosts(known(fields.get("Nodes", ""))),
        partition=known(fields.get("PartitionName", "")),
        maintenance="MAINT" in fields.get("Flags", "").split(","),
        users=_names(fields.get("Users", "")),
        accounts=_names(fields.get("Accounts", "")),
    )


def _epoch(text: str) -> float | None:
    """Return the moment; the scheduler's clock is taken to be in the hub's time zone."""
    try:
        return datetime.fromisoformat(moment(text)).timestamp()
    except (ValueError, OverflowError):
        return None


def _names(text: str) -> frozenset[str]:
    """Return the names that may; with a minus sign before them they are shut out."""
    return frozenset(name for name in known(text).split(",") if name and name[0] != "-")


@lru_cache(maxsize=5000)
def _known_hosts(text: str) -> frozenset[str]:
    """Return the nodes of a row, none if they cannot be read; the same text comes every minute."""
    try:
        return _hosts(text)
    except Unanswered:
        return frozenset()


def _hosts(text: str) -> frozenset[str]:
    """Return the nodes of ``c[1-3,07],rack[1-2]n[1-4],g1``. Raises Unanswered."""
    found: set[str] = set()
    for expression in _HOSTS.findall(text):
        choices = [_numbers(span) if span else [word] for span, word in _PART.findall(expression)]
        size = 1
        for choice in choices:
            size *= len(choice)
        if size + len(found) > MOST_NODES:
            raise Unanswered(f"a reservation has more than {MOST_NODES} nodes")
        found.update(map("".join, product(*choices)))
    return frozenset(found)


def _numbers(text: str) -> list[str]:
    numbers: list[str] = []
    for span in text.split(","):
        low, _, high = span.partition("-")
        if not (low.isdigit() and (high or low).isdigit() and len(low + high) < 20):
            raise Unanswered("the nodes of a reservation cannot be read")
        if int(high or low) - int(low) > MOST_NODES:
            raise Unanswered(f"a reservation has more than {MOST_NODES} nodes")
        numbers += [f"{n:0{len(low)}d}" for n in range(int(low), int(high or low) + 1)]
    return numbers
