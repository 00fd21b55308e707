"""The table of partitions: what may be asked of each, and how full it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub_config.cluster.facts import Occupancy, Overview
from hub_config.form.amounts import extent
from hub_config.form.fields import AMOUNTS
from hub_config.form.outages import coming
from hub_config.form.times import clock
from hub_config.model.offer import Limits, Offer
from hub_config.said import said, together

MOST_ROWS = 40
"""Rows on the form itself; the page of all partitions has the others."""

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Live:
    """How full a partition is, ready to be shown."""

    nodes: str = NOTHING
    cores: str = NOTHING
    gpus: str = NOTHING
    waiting: str = NOTHING
    note: str = ""
    """Why nothing starts there, now or soon."""

    def cells(self) -> tuple[str, ...]:
        """Return the texts in the order of the table."""
        return self.nodes, self.cores, self.gpus, self.waiting


@dataclass(frozen=True, slots=True)
class Row:
    """A partition. ``amounts`` in the order of ``fields.AMOUNTS``; none: only presets use it."""

    name: str
    title: str
    live: Live
    amounts: tuple[str, ...]
    features: str
    internet: bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one person, ``more`` left out; ``age`` says how fresh the numbers are."""

    rows: tuple[Row, ...]
    more: int
    age: str


def table(offer: Offer, overview: Overview, now: float, most: int | None = MOST_ROWS) -> Table:
    """Return the partitions of *offer*, and those of its presets, at most *most* (None: all)."""
    presets = (s.preset.partition for s in offer.presets.values() if not s.locked)
    names = list(dict.fromkeys((*offer.partitions, *presets)))
    rows = (
        _row(name, offer.partitions.get(name), live(overview.partitions.get(name), now))
        for name in names[:most]
    )
    return Table(
        tuple(rows), len(names[len(names) if most is None else most :]), age(overview, now)
    )


def age(overview: Overview, now: float) -> str:
    """Return how fresh what is known is; empty if nothing is."""
    if overview.as_of is None:
        return ""
    seen = clock(overview.as_of, now)
    if overview.stale:
        return said("The scheduler has not answered since {time}.", time=seen)
    return said("As of {time}.", time=seen)


def live(occupancy: Occupancy | None, now: float) -> Live:
    """Return how full a partition is; None: it is not known."""
    if occupancy is None:
        return Live()
    gpus = sorted(occupancy.gpus.items())
    return Live(
        _of(occupancy.idle_nodes, occupancy.nodes),
        _of(occupancy.idle_cores, occupancy.cores),
        ", ".join(f"{kind or 'GPU'}: {occupancy.idle_gpus.get(kind, 0)}/{n}" for kind, n in gpus)
        or NOTHING,
        NOTHING if occupancy.waiting is None else str(occupancy.waiting),
        together(*_notes(occupancy, now)),
    )


def _of(idle: int, total: int) -> str:
    return f"{idle}/{total}" if total else NOTHING


def _notes(occupancy: Occupancy, now: float) -> Iterator[str]:
    outage = coming(occupancy.outages, now)
    if outage and outage.start <= now:
        end = clock(outage.end, now) if outage.end else ""
        yield said("Maintenance until {end}.", end=end) if end else said("Maintenance.")
    elif occupancy.closed:
        yield said("Closed ({state}).", state=occupancy.closed)
    elif outage:
        yield said("Maintenance from {start}.", start=clock(outage.start, now))


def _row(name: str, limits: Limits | None, live: Live) -> Row:
    if limits is None:
        return Row(name, name, live, (), "", None)
    spans = {name: getattr(limits, name) for name in AMOUNTS}
    amounts = (extent(name, span.low, span.high) for name, span in spans.items())
    features = ", ".join((*limits.constraints, *limits.gpu_types))
    return Row(name, limits.title, live, tuple(amounts), features, limits.internet)
