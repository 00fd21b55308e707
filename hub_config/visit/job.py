"""What a job says of itself from within, held against what its preset promises."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub_config.form.amounts import with_unit
from hub_config.model.units import format_memory, format_walltime, parse_memory, parse_walltime
from hub_config.ops.failure import Failed

PROBE = r"""
import json, os, pathlib, shutil, subprocess, sys

def memory_limit():
    least = None
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root = pathlib.Path("/sys/fs/cgroup", controllers)
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        here = root / path.lstrip("/")
        while True:
            try:
                text = (here / name).read_text().strip()
            except OSError:
                text = ""
            if text.isdigit() and int(text) < 1 << 60:
                least = min(least or int(text), int(text))
            if here == root or here == here.parent:
                break
            here = here.parent
    return least

def time_limit():
    begin, end = (os.environ.get(f"SLURM_JOB_{n}_TIME", "") for n in ("START", "END"))
    if begin.isdigit() and end.isdigit():
        return str(int(end) - int(begin))
    tool, job = shutil.which("squeue"), os.environ.get("SLURM_JOB_ID")
    if not (tool and job):
        return ""
    argv = [tool, "--noheader", "--format=%l", "--job", job]
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""

def whole(name):
    text = os.environ.get(name, "")
    return int(text) if text.isdigit() else None

devices = [os.environ.get(n) for n in ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")]
per_cpu, cpus = whole("SLURM_MEM_PER_CPU"), whole("SLURM_CPUS_ON_NODE")
print(json.dumps({
    "host": os.uname().nodename,
    "python": ".".join(map(str, sys.version_info[:3])),
    "job": os.environ.get("SLURM_JOB_ID", ""),
    "partition": os.environ.get("SLURM_JOB_PARTITION", ""),
    "cores": whole("SLURM_CPUS_PER_TASK") or cpus,
    "usable": len(os.sched_getaffinity(0)),
    "memory": whole("SLURM_MEM_PER_NODE") or (per_cpu * cpus if per_cpu and cpus else None),
    "limit": memory_limit(),
    "devices": [d for d in devices if d is not None],
    "walltime": time_limit(),
}))
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a preset promises. ``good`` None: the job cannot see it."""

    name: str
    asked: str
    seen: str
    good: bool | None


def read(printed: str) -> Mapping[str, Any]:
    """Return what the probe printed. Raises Failed."""
    try:
        found = json.loads(printed.strip().rpartition("\n")[2])
        assert isinstance(found, dict) and "cores" in found  # noqa: S101 - caught below
    except (ValueError, AssertionError) as error:
        raise Failed(f"the cell printed something else: {printed[:200]!r}") from error
    return found


def compare(promised: Mapping[str, str], job: Mapping[str, Any]) -> tuple[Check, ...]:
    """Return a check for each promise of a preset, as its card on the form has them."""
    return tuple(check(promised, job) for check in CHECKS)


def _partition(promised: Mapping[str, str], job: Mapping[str, Any]) -> Check:
    asked, seen = promised.get("partition", ""), str(job["partition"])
    return Check("partition", asked, seen, seen == asked if seen else None)


def _cores(promised: Mapping[str, str], job: Mapping[str, Any]) -> Check:
    asked, granted, usable = int(promised["cores"]), job["cores"], int(job["usable"])
    if granted is None:
        # Nothing was granted; fewer than asked for would still be too few.
        return Check("cores", str(asked), f"{usable} usable", False if usable < asked else None)
    seen = str(granted) if usable == granted else f"{granted} ({usable} usable)"
    return Check("cores", str(asked), seen, granted >= asked and usable >= asked)


def _memory(promised: Mapping[str, str], job: Mapping[str, Any]) -> Check:
    asked = parse_memory(with_unit("memory", promised["memory"]))
    granted, limit = job["memory"], job["limit"] and job["limit"] // 2**20
    said = [format_memory(granted)] if granted else []
    said += [f"limit {format_memory(limit)}"] if limit and granted else []
    if not granted:
        return Check("memory", format_memory(asked), "", None)
    # Slurm may leave a part of the grant to swap (AllowedRAMSpace), so some per cent are no fault.
    enough = granted >= asked and (not limit or limit >= asked * 0.9)
    return Check("memory", format_memory(asked), ", ".join(said), enough)


def _gpus(promised: Mapping[str, str], job: Mapping[str, Any]) -> Check:
    asked, devices = int(promised.get("gpus") or 0), job["devices"]
    seen = max((len([d for d in text.split(",") if d.strip()]) for text in devices), default=0)
    known = bool(devices) or bool(job["job"])
    return Check("gpus", str(asked), str(seen), seen == asked if known else None)


def _walltime(promised: Mapping[str, str], job: Mapping[str, Any]) -> Check:
    asked, text = parse_walltime(with_unit("walltime", promised["walltime"])), str(job["walltime"])
    try:
        seen = _seconds(text)
    except ValueError:
        return Check("walltime", format_walltime(asked), text, None)
    # Slurm keeps whole minutes.
    good = asked <= seen < asked + 60
    return Check("walltime", format_walltime(asked), format_walltime(seen), good)


def _seconds(text: str) -> int:
    """Return the seconds in ``43200``, ``30:00``, ``12:00:00`` or ``7-00:00:00``."""
    if text.isdigit():
        return int(text)
    days, _, clock = text.rpartition("-")
    total = 0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return int(days or 0) * 86400 + total


CHECKS: tuple[Callable[[Mapping[str, str], Mapping[str, Any]], Check], ...] = (
    _partition, _cores, _memory, _gpus, _walltime,
)  # fmt: skip


def faults(checks: tuple[Check, ...]) -> Iterator[str]:
    """Yield a sentence for each promise that is not kept."""
    for check in checks:
        if check.good is False:
            yield f"{check.name}: asked for {check.asked}, the job sees {check.seen or 'none'}"
