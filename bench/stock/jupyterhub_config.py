"""The stock hub's configuration; what depends on the place comes from $STOCK, a JSON object.

Sources: https://github.com/jupyterhub/wrapspawner/blob/v1.0.1/README.md and
https://github.com/jupyterhub/batchspawner/blob/v1.3.0/README.md. Beyond them there is only what
any site has to say (addresses, commands, users), and a count of the commands that are started.
"""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import batchspawner  # registers the port report's handler, as its README says
from traitlets.config import Config

c: Config = get_config()  # type: ignore[name-defined]  # noqa: F821
place: dict[str, Any] = json.loads(os.environ["STOCK"])

c.JupyterHub.hub_bind_url = place["hub"]
c.JupyterHub.bind_url = place["proxy"]
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.allow_named_servers = True
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = place["proxy_api"]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = place["password"]
c.Authenticator.allow_all = True
c.Authenticator.admin_users = set(place["admins"])
c.JupyterHub.init_spawners_timeout = 10

c.JupyterHub.spawner_class = "wrapspawner.ProfilesSpawner"
c.ProfilesSpawner.profiles = [
    (title, key, batchspawner.SlurmSpawner, settings) for title, key, settings in place["profiles"]
]
c.Spawner.environment = place["environment"]
c.Spawner.cmd = place["cmd"]
c.Spawner.default_url = "/lab"
c.SlurmSpawner.batchspawner_singleuser_cmd = place["wrapper"]
# Without it five failed starts in a row end the hub, which no fault of a test is meant to do.
c.Spawner.consecutive_failure_limit = 0

_shell = asyncio.create_subprocess_shell
_calls = Path(place["calls"])
_tools = {"sbatch", "squeue", "scancel"}


def _count(cmd: str) -> None:
    names = (Path(word).name for word in cmd.split())
    with _calls.open("a") as file:
        file.write(f"{time.time():.3f} {next(name for name in names if name in _tools)}\n")


async def _counted(cmd: str, **options: Any) -> asyncio.subprocess.Process:
    _count(cmd)
    return await _shell(cmd, **options)


asyncio.create_subprocess_shell = _counted  # type: ignore[assignment]

exec(place["extra"])  # noqa: S102 - what a scenario wants different
