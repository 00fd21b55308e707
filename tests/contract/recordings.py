"""Recorded replies: tests/fixtures/{slurm,gridengine}/ (see there), recorded/local/ here."""

import json
from dataclasses import dataclass
from pathlib import Path

from hub_config.schedulers.base import Reply, Scheduler
from hub_config.schedulers.gridengine import GridEngine
from hub_config.schedulers.local import Local
from hub_config.schedulers.slurm import Slurm

SCHEDULERS: dict[str, Scheduler] = {
    "slurm": Slurm(),
    "gridengine": GridEngine(resources={"memory": "rmem"}),
    "local": Local(),
}
FOLDERS = {
    "slurm": Path(__file__).parents[1] / "fixtures" / "slurm",
    "gridengine": Path(__file__).parents[1] / "fixtures" / "gridengine",
    "local": Path(__file__).parent / "recorded" / "local",
}


@dataclass(frozen=True)
class Recording:
    """One recorded command of one scheduler."""

    scheduler: str
    name: str
    argv: tuple[str, ...]
    reply: Reply

    def __str__(self) -> str:
        return f"{self.scheduler}:{self.name}"


def recordings(scheduler: str, *prefixes: str) -> list[Recording]:
    """Return the recordings whose names begin with one of *prefixes*, all without any."""
    files = sorted(FOLDERS[scheduler].glob("*.json"))
    found = [_load(scheduler, file) for file in files if file.name.startswith(prefixes or ("",))]
    assert found, f"no recordings {prefixes} in {FOLDERS[scheduler]}"
    return found


def recording(scheduler: str, name: str) -> Recording:
    """Return the recording of that name."""
    return _load(scheduler, FOLDERS[scheduler] / f"{name}.json")


def _load(scheduler: str, file: Path) -> Recording:
    data = json.loads(file.read_text())
    reply = Reply(data["rc"], data["stdout"], data["stderr"])
    return Recording(scheduler, file.stem, tuple(data["argv"]), reply)
