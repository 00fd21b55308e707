"""Offer: all that one person may choose right now. Shown by the form, enforced by the gate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

from hub_config.model.budget import Enforced, Project
from hub_config.model.profiles import Advanced, PartitionRanges, Preset, Profiles, Range
from hub_config.model.scheduler import GRID_ENGINE, SLURM
from hub_config.model.site import Application
from hub_config.said import said


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. ``accounts`` and ``qos`` None: the scheduler has none or did not answer."""

    name: str
    groups: frozenset[str] = frozenset()
    accounts: tuple[str, ...] | None = None
    qos: tuple[str, ...] | None = None
    projects: tuple[Project, ...] = ()
    """What ``accounts`` may still use, as far as that is known for certain."""
    enforced: Enforced = "no"


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What the scheduler says of a partition. memory in MiB, walltime in seconds or None.

    ``gpus`` None: it does not say how many there are.
    """

    cores: int
    memory: int
    walltime: int | None
    gpus: Mapping[str, int] | None = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """An inclusive range with its default."""

    default: int
    low: int
    high: int

    def __contains__(self, value: int) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one partition: the admin's ranges, narrowed by what the nodes have."""

    title: str
    cores: Span
    memory: Span
    walltime: Span
    gpus: Span
    gpu_types: tuple[str, ...]
    parallel_environments: tuple[str, ...]
    constraints: tuple[str, ...]
    internet: bool | None


@dataclass(frozen=True, slots=True)
class PresetOffer:
    """A preset as this person sees it; ``locked`` says why they cannot take it."""

    preset: Preset
    locked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Everything the form can show and the gate will accept, for one person at one moment."""

    presets: Mapping[str, PresetOffer]
    preset_fields: tuple[str, ...]
    preset_required: tuple[str, ...]
    advanced: bool
    fields: tuple[str, ...]
    required: tuple[str, ...]
    partitions: Mapping[str, Limits]
    applications: Mapping[str, Application]
    accounts: tuple[str, ...] | None
    qos: tuple[str, ...] | None
    reservations: tuple[str, ...] | None
    log_name: str
    scheduler: str
    """Whose words the form speaks, as people call it."""
    projects: tuple[Project, ...] = ()
    enforced: Enforced = "no"

    @property
    def grid_engine(self) -> bool:
        """Whether they are Grid Engine's."""
        return self.scheduler == GRID_ENGINE


def make_offer(
    profiles: Profiles,
    applications: Mapping[str, Application],
    person: Person,
    nodes: Mapping[str, NodeFacts],
    reservations: tuple[str, ...] | None,
    scheduler: str = SLURM,
) -> Offer:
    """Return what *person* may choose; *nodes* maps partition names to facts, where known."""
    advanced, form = profiles.advanced, profiles.preset_form
    open_fields = form.fields if form else ()
    partitions = _open_partitions(advanced, person, nodes) if advanced else {}
    return Offer(
        presets={p.id: PresetOffer(p, _locked(p, person, open_fields)) for p in profiles.presets},
        preset_fields=open_fields,
        preset_required=form.required if form else (),
        advanced=bool(partitions),
        fields=advanced.fields if advanced else (),
        required=advanced.required if advanced else (),
        partitions=partitions,
        applications=applications,
        accounts=person.accounts,
        qos=person.qos,
        reservations=reservations,
        log_name=(advanced and advanced.log_name) or "",
        scheduler=scheduler,
        projects=person.projects,
        enforced=person.enforced,
    )


def _open_partitions(
    advanced: Advanced, person: Person, nodes: Mapping[str, NodeFacts]
) -> dict[str, Limits]:
    if _missing_group(advanced.groups, person):
        return {}
    return {
        name: _limits(name, ranges, nodes.get(name))
        for name, ranges in advanced.partitions.items()
        if not _missing_group(ranges.groups, person)
    }


def _locked(preset: Preset, person: Person, open_fields: tuple[str, ...]) -> str:
    """Return why *person* cannot take *preset*, "" if they can."""
    if missing := _missing_group(preset.groups, person):
        return missing
    if _missing("account", preset.account, person.accounts, open_fields):
        return said("needs account {name}", name=preset.account)
    if _missing("qos", preset.qos, person.qos, open_fields):
        return said("needs QOS {name}", name=preset.qos)
    return ""


def _missing(
    field: str, wanted: str | None, known: tuple[str, ...] | None, open_fields: tuple[str, ...]
) -> bool:
    if not wanted or known is None or field in open_fields:
        return False
    return wanted not in known


def _missing_group(groups: tuple[str, ...], person: Person) -> str:
    if not groups or person.groups.intersection(groups):
        return ""
    first, *others = groups
    either = reduce(lambda one, two: said("{one} or {two}", one=one, two=two), others, first)
    return said("needs group {groups}", groups=either)


def _limits(name: str, ranges: PartitionRanges, facts: NodeFacts | None) -> Limits:
    told = facts is not None and facts.gpus is not None
    gpu_facts = dict(facts.gpus or {}) if facts else {}
    types = ranges.gpus.types if ranges.gpus.types is not None else tuple(t for t in gpu_facts if t)
    most = max((gpu_facts.get(t, 0) for t in types or gpu_facts), default=0)
    return Limits(
        title=ranges.title or name,
        cores=_span(ranges.cores, facts.cores if facts else None),
        memory=_span(ranges.memory, facts.memory if facts else None),
        walltime=_span(ranges.walltime, facts.walltime if facts else None),
        gpus=_narrow(ranges.gpus.default, 0, ranges.gpus.max, most if told else None),
        gpu_types=types,
        parallel_environments=ranges.parallel_environments,
        constraints=ranges.constraints,
        internet=ranges.internet,
    )


def _span(given: Range, fact: int | None) -> Span:
    # A partition without nodes is reported with 0 cores: that is no limit worth showing.
    return _narrow(given.default, given.min, given.max, fact or None)


def _narrow(default: int, low: int, high: int | None, fact: int | None) -> Span:
    """Without the admin's maximum and without facts, only the default is known to be right."""
    bounds = [bound for bound in (high, fact) if bound is not None]
    top = min(bounds) if bounds else default
    return Span(min(default, top), min(low, default, top), top)
