"""The agent's settings as the role writes them, read by the agent itself."""

import json
import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from ruamel.yaml import YAML

from hub_config.agent.policy import Policy, load
from tests.ansible.plays import ANSIBLE

ROLE = ANSIBLE / "roles" / "submit_host"


def written(folder: Path, scheduler: str, **variables: Any) -> Policy:
    """Return what the agent understands of the role's template with its defaults."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701 - TOML
    environment.filters["to_json"] = json.dumps
    template = environment.from_string((ROLE / "templates" / "agent.toml.j2").read_text())
    defaults = YAML(typ="safe").load(ROLE / "defaults" / "main.yml")
    settings = {"scheduler.type": scheduler}
    shared = {"berth__settings": settings, "berth_shared_dir": "/sw/berth"}
    file = folder / "agent.toml"
    mine = "" if os.geteuid() == 0 else 'run_as = "self"\n'
    file.write_text(mine + template.render({**defaults, **shared, **variables}))
    return load(file, served=True)


def test_slurm(tmp_path: Path) -> None:
    policy = written(tmp_path, "slurm")
    assert policy.environment == {"SLURM_CONF": "/etc/slurm/slurm.conf"}
    assert (policy.scheduler, policy.resources) == ("slurm", {})


def test_grid_engine(tmp_path: Path) -> None:
    policy = written(tmp_path, "gridengine", berth_gridengine_memory="rmem")
    assert policy.environment == {"SGE_ROOT": "/var/lib/gridengine", "SGE_CELL": "default"}
    assert policy.resources == {"memory": "rmem", "gpu": "gpu"}
    assert policy.callers == {"berth": ("submit", "cancel", "query")}
