"""Floor 1: one scheduler, one file. Text in, text out; processes run elsewhere."""

from collections.abc import Mapping

from hub_config.schedulers.base import Scheduler
from hub_config.schedulers.gridengine import GridEngine
from hub_config.schedulers.local import Local
from hub_config.schedulers.slurm import Slurm

SCHEDULERS: Mapping[str, type[Scheduler]] = {
    "local": Local,
    "slurm": Slurm,
    "gridengine": GridEngine,
}
