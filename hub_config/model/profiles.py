"""What admins write in profiles.d/*.yml: presets and the ranges of the advanced form.

A preset is a named point in the space that ``advanced.partitions`` spans, so both come from
one source and a preset outside its partition's ranges is an error (``model.space``).
"""

from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hub_config.model import fields
from hub_config.model.fields import (
    Constraint,
    FileName,
    HttpTimeout,
    JobWalltime,
    Line,
    Memory,
    Name,
    ScriptPath,
    StartTimeout,
    Strict,
    Unique,
    VariableName,
    VariableValue,
)
from hub_config.model.request import MAX_VARIABLES
from hub_config.model.units import format_memory, format_walltime
from hub_config.model.words import Heading, Sentence

ADVANCED = "advanced"
"""What answers name as their profile when they come from the advanced form."""

Extra = Literal[
    "account", "reservation", "qos", "log_name", "application", "user_script", "mail",
]  # fmt: skip
"""Fields a preset may leave open to the user."""

FieldName = Literal[
    "account", "partition", "reservation", "walltime", "cores", "memory", "gpus", "gpu_type",
    "parallel_environment", "qos", "log_name", "constraint", "application", "user_script", "mail",
]  # fmt: skip

Groups = Unique[Line]


class Range(Strict):
    """``default`` and the bounds it may be chosen from; numbers of the field's own kind."""

    default: int
    min: int
    max: int | None

    def _in_order(self, shown: Callable[[int], str]) -> Self:
        written = self.model_fields_set
        mark = "" if "default" in written else " (when left out)"
        default = f"default {shown(self.default)}{mark}"
        if "min" in written and self.default < self.min:
            raise ValueError(f"{default} is under min {shown(self.min)} — write a higher default")
        if self.max is not None and self.default > self.max:
            raise ValueError(f"{default} is over max {shown(self.max)} — write a lower default")
        return self


class Cores(Range):
    """Cores of one server."""

    default: fields.Cores = Field(1, description="what the form begins with")
    min: fields.Cores = Field(1, description="the least that can be chosen")
    max: fields.Cores | None = Field(
        None, description="the most that can be chosen; left out: what one node has"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return self._in_order(str)


class MemoryRange(Range):
    """Memory of one server in total, not per core."""

    default: Memory = Field(1024, description="what the form begins with")
    min: Memory = Field(512, description="the least that can be chosen")
    max: Memory | None = Field(
        None, description="the most that can be chosen; left out: what one node has"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return self._in_order(format_memory)


class WalltimeRange(Range):
    """How long the job may run before the scheduler ends it."""

    default: JobWalltime = Field(3600, description="what the form begins with")
    min: JobWalltime = Field(600, description="the least that can be chosen")
    max: JobWalltime | None = Field(
        None, description="the most that can be chosen; left out: the partition's own limit"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return self._in_order(format_walltime)


class Gpus(Strict):
    """GPUs of one server."""

    default: fields.Gpus = Field(0, description="what the form begins with")
    max: fields.Gpus | None = Field(
        None, description="the most that can be chosen; left out: what one node has"
    )
    types: Unique[Name] | None = Field(
        None, description="types to choose from; left out: those the nodes have"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max is not None and self.default > self.max:
            raise ValueError(
                f"default {self.default} is over max {self.max} — write a lower default"
            )
        return self


class PartitionRanges(Strict):
    """One partition of the advanced form; everything left out comes from the scheduler."""

    title: Heading | None = Field(None, description="shown instead of its name")
    cores: Cores = Field(Cores(), description="how many cores")
    memory: MemoryRange = Field(MemoryRange(), description="how much memory in total")
    walltime: WalltimeRange = Field(WalltimeRange(), description="how long")
    gpus: Gpus = Field(Gpus(), description="how many GPUs, of which types")
    parallel_environments: Unique[Name] = Field(
        (), description="Grid Engine: environments to choose from; several cores need one"
    )
    constraints: Unique[Constraint] = Field((), description="node features to choose from")
    internet: bool | None = Field(None, description="whether its nodes reach the internet: a badge")
    groups: Groups = Field((), description="who may use it; left out: everybody")


class Advanced(Strict):
    """The advanced form: which fields it has, and the ranges of each partition."""

    fields: Unique[FieldName] = Field(
        ("partition", "cores", "memory", "walltime"), description="its fields, in their order"
    )
    required: Unique[FieldName] = Field((), description="fields that cannot be left empty")
    log_name: FileName | None = Field(
        None, description="name of the job's log file, without folder and ending"
    )
    groups: Groups = Field((), description="who may use the form; left out: everybody")
    partitions: dict[Name, PartitionRanges] = Field(
        default_factory=dict, description="the partitions to choose from, by the scheduler's name"
    )


def _not_reserved(value: str) -> str:
    if value == ADVANCED:
        raise ValueError(f'"{value}" is what the advanced form is called — write another id')
    return value


class Preset(Strict):
    """One ready-made choice."""

    id: Annotated[Name, AfterValidator(_not_reserved)] = Field(
        description="its stable name: links, statistics and saved choices carry it"
    )
    title: Heading = Field(description="what people read on the form")
    description: Sentence | None = Field(None, description="a sentence below the title")
    partition: Name = Field(description="the scheduler's name of the partition")
    cores: fields.Cores = Field(1, description="number of cores")
    memory: Memory = Field(description="memory in total, not per core")
    walltime: JobWalltime = Field(description="how long the job may run")
    gpus: fields.Gpus = Field(0, description="number of GPUs")
    gpu_type: Name | None = Field(None, description="the scheduler's name of the GPU type")
    parallel_environment: Name | None = Field(
        None, description="Grid Engine: the environment that gives several cores, as smp"
    )
    application: Name = Field("lab", description="one of the applications in site.yml")
    account: Name | None = Field(None, description="project to charge")
    qos: Name | None = Field(None, description="quality of service")
    reservation: Name | None = Field(None, description="reservation to run in")
    constraint: Constraint | None = Field(None, description="node features to ask for")
    log_name: FileName | None = Field(
        None, description="name of the job's log file, without folder and ending"
    )
    user_script: ScriptPath | None = Field(
        None, description="script read in the job before the server starts"
    )
    internet: bool | None = Field(None, description="whether its nodes reach the internet: a badge")
    groups: Groups = Field(
        (), description="who may use it; others see it locked; left out: everybody"
    )
    environment: dict[VariableName, VariableValue] = Field(
        default_factory=dict,
        max_length=MAX_VARIABLES,
        description="environment variables of the server",
    )
    start_timeout: StartTimeout | None = Field(
        None, description="how long to wait in the queue; left out: as in site.yml"
    )
    http_timeout: HttpTimeout | None = Field(
        None, description="how long the server may take to boot; left out: as in site.yml"
    )

    @model_validator(mode="after")
    def _type_needs_number(self) -> Self:
        if self.gpu_type and not self.gpus:
            raise ValueError("has a gpu_type but no GPUs — add gpus: 1 or remove gpu_type")
        return self


class PresetForm(Strict):
    """What the preset form asks besides the preset."""

    fields: Unique[Extra] = Field((), description="its fields, in their order")
    required: Unique[Extra] = Field((), description="fields that cannot be left empty")


class Profiles(Strict):
    """One file of profiles.d, and also all of them merged."""

    presets: tuple[Preset, ...] = Field((), description="ready-made choices, in their order")
    preset_form: PresetForm | None = Field(None, description="what is asked besides the preset")
    advanced: Advanced | None = Field(None, description="the form with every field")
