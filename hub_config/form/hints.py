"""How soon a preset would start, as far as that can be told without asking the scheduler."""

from dataclasses import dataclass
from typing import Literal

from hub_config.cluster.facts import Occupancy, Overview
from hub_config.form.outages import coming, crossing
from hub_config.form.times import clock
from hub_config.model.profiles import Preset
from hub_config.said import said, said_n


@dataclass(frozen=True, slots=True)
class Hint:
    """A few words, and the kind of them for the eye."""

    kind: Literal["free", "busy", "closed"]
    text: str


def hint(preset: Preset, overview: Overview, now: float) -> Hint | None:
    """Return what is known of *preset* at *now*, epoch seconds; None: nothing, or too old."""
    occupancy = overview.partitions.get(preset.partition)
    if occupancy is None or overview.stale:
        return None
    outage = coming(occupancy.outages, now)
    if outage and outage.start <= now:
        return Hint("closed", _until(outage.end, now))
    if occupancy.closed:
        return Hint("closed", said("closed"))
    if outage and crossing(occupancy, preset.walltime, 0, now):
        start = clock(outage.start, now)
        return Hint("busy", said("too long before the maintenance at {start}", start=start))
    return _now(preset, occupancy)


def _until(end: float | None, now: float) -> str:
    if end is None:
        return said("closed for maintenance")
    return said("closed for maintenance until {end}", end=clock(end, now))


def _now(preset: Preset, occupancy: Occupancy) -> Hint | None:
    fits = _fits(preset, occupancy)
    # Where others wait, single cores may be free that nobody's job fits on.
    if fits and (not occupancy.waiting or occupancy.idle_nodes):
        return Hint("free", said("free now"))
    if occupancy.waiting:
        n = occupancy.waiting
        return Hint("busy", said_n("{n} job waits", "{n} jobs wait", n))
    return None if fits is None else Hint("busy", said("busy now"))


def _fits(preset: Preset, occupancy: Occupancy) -> bool | None:
    """Return whether enough is idle; None: the scheduler does not tell."""
    if not occupancy.cores or (preset.gpus and not occupancy.gpus):
        return None
    idle = occupancy.idle_gpus
    gpus = idle.get(preset.gpu_type, 0) if preset.gpu_type else max(idle.values(), default=0)
    return occupancy.idle_cores >= preset.cores and gpus >= preset.gpus
