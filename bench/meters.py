"""Counts what a hub costs: calls of the scheduler, slurmctld's RPCs, and CPU seconds."""

import os
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.rest import Rest
from tests.testbed import processes
from tests.testbed.daemons import SLURMCTLD
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

_RPC = re.compile(r"^\s+([A-Z][A-Z_]+)\s+\( *\d+\) count:(\d+)", re.MULTILINE)
_NOT_OURS = (
    "REQUEST_STATS_INFO",  # sdiag itself
    "MESSAGE_NODE_REGISTRATION_STATUS",  # what slurmd and slurmdbd have to say
    "MESSAGE_EPILOG_COMPLETE",
    "REQUEST_COMPLETE_BATCH_SCRIPT",
    "REQUEST_STEP_COMPLETE",
    "REQUEST_PERSIST_INIT",
    "REQUEST_PING",  # the bed's own
)
_TICKS = os.sysconf("SC_CLK_TCK")


def rpcs(bed: SlurmBed) -> Counter[str]:
    """Return how many RPCs of each kind slurmctld has had since its start."""
    return read_sdiag(must(["/usr/bin/sdiag"], env=bed.env))


def read_sdiag(text: str) -> Counter[str]:
    """Return the counts by message type; those of Slurm's own daemons are left out."""
    section = text.partition("by message type")[2].partition("statistics by user")[0]
    found = {name: int(count) for name, count in _RPC.findall(section)}
    return Counter({name: count for name, count in found.items() if name not in _NOT_OURS})


def cpu(pids: Iterable[int]) -> float:
    """Return the CPU seconds of these processes and of all children they have waited for."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
    return ticks / _TICKS


@dataclass(frozen=True)
class Cost:
    """What happened in a minute."""

    calls: float
    rpcs: float
    hub_cpu: float
    slurmctld_cpu: float
    kinds: dict[str, int]
    """RPC -> how many in the whole window."""


def cost(bed: SlurmBed, hub: Rest, seconds: float) -> Cost:
    """Return what *hub* costs in a minute, seen through a window of *seconds*."""
    before = _reading(bed, hub)
    time.sleep(seconds)
    after = _reading(bed, hub)
    minutes = (after.time - before.time) / 60
    kinds = after.kinds - before.kinds
    return Cost(
        (after.calls - before.calls) / minutes,
        kinds.total() / minutes,
        (after.hub_cpu - before.hub_cpu) / minutes,
        (after.slurmctld_cpu - before.slurmctld_cpu) / minutes,
        dict(kinds),
    )


@dataclass(frozen=True)
class _Reading:
    time: float
    calls: int
    hub_cpu: float
    slurmctld_cpu: float
    kinds: Counter[str]


def _reading(bed: SlurmBed, hub: Rest) -> _Reading:
    slurmctld = processes.find(SLURMCTLD, bed.layout.root)
    calls, spent = hub.calls_made(), cpu(hub.pids())
    return _Reading(time.monotonic(), calls, spent, cpu(slurmctld), rpcs(bed))
