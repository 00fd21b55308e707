"""The hub process: where it listens, its database, its secrets, its lifetime."""

from typing import Any

from hub_config.database import database_url
from hub_config.model.site import Site


def apply(c: Any, site: Site) -> None:
    """Set the hub's own traits."""
    data = site.hub.data_dir
    c.JupyterHub.hub_bind_url = site.hub.listen
    c.JupyterHub.db_url = database_url(site.hub.database, data)
    c.JupyterHub.cookie_secret_file = str(data / "cookie_secret")
    # A restart of the hub never ends a server.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": site.hub.slow_spawn_wait}
    c.JupyterHub.allow_named_servers = site.hub.named_servers > 0
    c.JupyterHub.named_server_limit_per_user = site.hub.named_servers
    # Five refused starts are five users' mistakes, not a reason for the hub to exit.
    c.Spawner.consecutive_failure_limit = 0
