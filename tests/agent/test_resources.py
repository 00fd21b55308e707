"""agent.toml: the names that a cell of Grid Engine has for what jobs request."""

import os
from pathlib import Path

import pytest

from hub_config.agent import Failure
from hub_config.agent.policy import load

RUN_AS = "user" if os.geteuid() == 0 else "self"


def written(folder: Path, scheduler: str, resources: str) -> Path:
    file = folder / "agent.toml"
    file.write_text(
        f'scheduler = "{scheduler}"\nlauncher = "/opt/b/launch"\nrun_as = "{RUN_AS}"\n'
        f"[resources]\n{resources}\n"
    )
    return file


def test_names_are_read(tmp_path: Path) -> None:
    policy = load(written(tmp_path, "gridengine", 'memory = "rmem"\ngpu = "ngpus"'))
    assert policy.resources == {"memory": "rmem", "gpu": "ngpus"}


@pytest.mark.parametrize(
    "resources", ['memory = "a,b"', 'memory = "a=1"', 'memory = ""', "memory = 1", 'cores = "x"']
)
def test_what_is_no_name_is_refused(tmp_path: Path, resources: str) -> None:
    with pytest.raises(Failure, match="resources: write a table of complexes"):
        load(written(tmp_path, "gridengine", resources))


def test_no_other_scheduler_has_them(tmp_path: Path) -> None:
    with pytest.raises(Failure, match='only scheduler = "gridengine"'):
        load(written(tmp_path, "slurm", 'memory = "rmem"'))
