"""What admins write in profiles.d/*.yml: presets and the ranges of the advanced form.

A preset is a named point in the space that ``advanced.partitions`` spans, so both come from
one source and a preset outside its partition's ranges is an error.
"""

from collections.abc import Callable, Iterator
from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator

from hub_config.model.fields import (
    Constraint,
    FileName,
    Memory,
    Name,
    ScriptPath,
    Strict,
    Walltime,
)
from hub_config.model.units import format_memory, format_walltime

Extra = Literal["account", "reservation", "qos", "log_name", "application", "user_script"]
"""Fields a preset may leave open to the user."""

FieldName = Literal[
    "account", "partition", "reservation", "walltime", "cores", "memory", "gpus", "gpu_type",
    "qos", "log_name", "constraint", "application", "user_script",
]  # fmt: skip


_T = TypeVar("_T", bound=Strict)


def _in_order(
    model: _T, low: int, default: int, high: int | None, shown: Callable[[int], str]
) -> _T:
    if default < low:
        raise ValueError(f"default {shown(default)} is under min {shown(low)} — raise the default")
    if high is not None and default > high:
        raise ValueError(f"default {shown(default)} is over max {shown(high)} — lower the default")
    return model


class Cores(Strict):
    """Cores of one server: ``default``, and the range it may be chosen from."""

    default: int = Field(1, ge=1)
    min: int = Field(1, ge=1)
    max: int | None = Field(None, ge=1, description="left out: what the partition's nodes have")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return _in_order(self, self.min, self.default, self.max, str)


class MemoryRange(Strict):
    """Memory of one server in total, not per core."""

    default: Memory = Field(1024, validate_default=False)
    min: Memory = Field(512, validate_default=False)
    max: Memory | None = Field(None, description="left out: what the partition's nodes have")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return _in_order(self, min(self.min, self.default), self.default, self.max, format_memory)


class WalltimeRange(Strict):
    """How long the job may run before the scheduler ends it."""

    default: Walltime = Field(3600, validate_default=False)
    min: Walltime = Field(600, validate_default=False)
    max: Walltime | None = Field(None, description="left out: the partition's own limit")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return _in_order(self, self.min, self.default, self.max, format_walltime)


class Gpus(Strict):
    """GPUs of one server. ``types`` left out: those the partition's nodes have."""

    default: int = Field(0, ge=0)
    max: int | None = Field(None, ge=0)
    types: tuple[Name, ...] | None = Field(None)


class PartitionRanges(Strict):
    """One partition of the advanced form; everything left out comes from the scheduler."""

    title: str | None = Field(None, max_length=120)
    cores: Cores = Cores()
    memory: MemoryRange = MemoryRange()
    walltime: WalltimeRange = WalltimeRange()
    gpus: Gpus = Gpus()
    constraints: tuple[Constraint, ...] = Field(())
    internet: bool | None = None
    groups: tuple[str, ...] = Field((), description="who may use it; empty: all")


class Advanced(Strict):
    """The advanced form: which fields it has, and the ranges of each partition."""

    fields: tuple[FieldName, ...] = Field(
        ("partition", "cores", "memory", "walltime")
    )
    required: tuple[FieldName, ...] = Field(())
    log_name: FileName | None = None
    groups: tuple[str, ...] = Field(())
    partitions: dict[Name, PartitionRanges] = Field(default_factory=dict)


class Preset(Strict):
    """One ready-made choice. ``id`` is stable: URLs, statistics and saved state carry it."""

    id: Name
    title: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=400)
    partition: Name
    cores: int = Field(1, ge=1)
    memory: Memory
    walltime: Walltime
    gpus: int = Field(0, ge=0)
    gpu_type: Name | None = None
    application: Name = "lab"
    account: Name | None = None
    qos: Name | None = None
    reservation: Name | None = None
    constraint: Constraint | None = None
    log_name: FileName | None = None
    user_script: ScriptPath | None = None
    internet: bool | None = None
    groups: tuple[str, ...] = Field((), description="who may use it; empty: all")
    environment: dict[str, str] = Field(default_factory=dict)
    start_timeout: Walltime | None = Field(None, description="how long to wait in the queue")
    http_timeout: Walltime | None = Field(None, description="how long the server may boot")


class PresetForm(Strict):
    """What the Preset form asks besides the preset."""

    fields: tuple[Extra, ...] = Field(())
    required: tuple[Extra, ...] = Field(())


class Profiles(Strict):
    """One file of profiles.d, and also all of them merged."""

    presets: tuple[Preset, ...] = Field(())
    preset_form: PresetForm | None = None
    advanced: Advanced | None = None

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield (path, message) for every preset outside the space of its partition."""
        for index, preset in enumerate(self.presets):
            if self.advanced:
                yield from _outside(("presets", index), preset, self.advanced)


def _outside(
    path: tuple[str | int, ...], preset: Preset, advanced: Advanced
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    ranges = advanced.partitions.get(preset.partition)
    if ranges is None:
        known = ", ".join(advanced.partitions) or "none"
        yield (
            (*path, "partition"),
            f'"{preset.partition}" is not among advanced.partitions ({known}) — '
            "add it there or correct the name",
        )
        return
    for key, value, limit, shown in (
        ("cores", preset.cores, ranges.cores.max, str),
        ("memory", preset.memory, ranges.memory.max, format_memory),
        ("walltime", preset.walltime, ranges.walltime.max, format_walltime),
        ("gpus", preset.gpus, ranges.gpus.max, str),
    ):
        if limit is not None and value > limit:
            yield (
                (*path, key),
                f"{shown(value)} is over the maximum {shown(limit)} of partition "
                f"{preset.partition} — lower it here or raise advanced.partitions."
                f"{preset.partition}.{key}.max",
            )
