"""The stock hub's configuration sets nothing that its classes do not have."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.stock.hub import CONFIG, PROFILES

CHECK = """\
import sys
from batchspawner import SlurmSpawner
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator, DummyAuthenticator
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.spawner import Spawner
from traitlets.config import PyFileConfigLoader
from wrapspawner import ProfilesSpawner

import asyncio
config = PyFileConfigLoader(sys.argv[1], path="/").load_config()
known = {name: value for name, value in globals().items() if isinstance(value, type)}
for name, section in config.items():
    for trait in section:
        assert trait in known[name].class_trait_names(), f"{name}.{trait}"
asyncio.run(asyncio.create_subprocess_shell("sudo -E -u alice squeue -h -j 1 || true"))
print(ProfilesSpawner(config=config, user=None).profiles[0][2].__name__, config.Spawner.cmd)
"""


@pytest.fixture
def place(tmp_path: Path) -> dict[str, Any]:
    return {
        "hub": "http://127.0.0.1:1", "proxy": "http://127.0.0.1:2",
        "proxy_api": "http://127.0.0.1:3", "password": "word", "admins": ["operator"],
        "profiles": PROFILES, "environment": {}, "cmd": ["/x/jupyterhub-singleuser"],
        "wrapper": "/x/batchspawner-singleuser", "calls": str(tmp_path / "calls"),
        "extra": "c.Spawner.cmd = ['/changed']",
    }  # fmt: skip


def test_it_loads_counts_and_can_be_changed(place: dict[str, Any]) -> None:
    env = {"STOCK": json.dumps(place), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(CONFIG)],
        env=env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "SlurmSpawner ['/changed']"
    [line] = Path(place["calls"]).read_text().splitlines()
    assert line.split()[1] == "squeue"
