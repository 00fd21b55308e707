"""configurable-http-proxy: the only public listener; its own unit, so hub restarts keep routes."""

from typing import Any

from hub_config.model.site import Site


def apply(c: Any, site: Site) -> None:
    """Set where the proxy listens and whether the hub starts it."""
    c.JupyterHub.bind_url = site.proxy.listen
    c.ConfigurableHTTPProxy.api_url = site.proxy.api
    c.ConfigurableHTTPProxy.should_start = site.proxy.start
    c.ConfigurableHTTPProxy.command = list(site.proxy.command)
    c.JupyterHub.cleanup_proxy = site.proxy.start
    c.JupyterHub.last_activity_interval = 60
