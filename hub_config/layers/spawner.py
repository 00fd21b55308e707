"""Servers as batch jobs: the spawner class and the traits JupyterHub reads from it."""

from typing import Any

from hub_config.model.site import Site
from hub_config.spawner import BerthSpawner


def apply(c: Any, site: Site) -> None:
    """Set the spawner."""
    c.JupyterHub.spawner_class = BerthSpawner
    c.Spawner.ip = site.scheduler.single_user_listen
    # JupyterHub's own loops, one per server, are off: one for all follows them (cluster/watch.py).
    c.Spawner.poll_interval = 0
    # For jobs only: the proxy reaches the hub where it listens (JupyterHub.hub_connect_url would
    # send the proxy to itself).
    if url := site.hub.connect_url or site.proxy.origin:
        c.Spawner.hub_connect_url = url
