"""configurable-http-proxy: the only public listener; its own unit, so hub restarts keep routes."""

from typing import Any
from urllib.parse import quote, urlsplit

from hub_config.model.edge import Proxy
from hub_config.model.site import Site


def apply(c: Any, site: Site) -> None:
    """Set where the proxy listens, what is in front of it, and whether the hub starts it."""
    proxy = site.proxy
    listen = urlsplit(proxy.listen)
    c.JupyterHub.bind_url = f"{listen.scheme}://{listen.netloc}{proxy.prefix}/"
    c.ConfigurableHTTPProxy.api_url = _api_url(proxy)
    c.ConfigurableHTTPProxy.should_start = proxy.start
    c.ConfigurableHTTPProxy.command = list(proxy.command)
    c.JupyterHub.cleanup_proxy = proxy.start
    c.JupyterHub.last_activity_interval = 60
    if proxy.public_url:
        c.JupyterHub.public_url = f"{proxy.public_url}/"
        c.JupyterHub.trusted_downstream_ips = ["127.0.0.1"]
        # JupyterHub leaves this to the protocol of the request for its _xsrf cookie, which between
        # here and the proxy is http (jupyterhub/_xsrf_utils.py).
        cookies = {"secure": proxy.public_url.startswith("https:")}
        c.JupyterHub.tornado_settings["cookie_options"] = cookies
    if proxy.trusted_proxies is not None:
        c.JupyterHub.trusted_downstream_ips = list(proxy.trusted_proxies)
    if proxy.subdomains:
        c.JupyterHub.subdomain_host = proxy.origin
        # Else a server could set a cookie for all names below the hub's, which the hub would take
        # for its own: https://jupyterhub.readthedocs.io/en/stable/explanation/websecurity.html
        c.JupyterHub.cookie_host_prefix_enabled = True


def _api_url(proxy: Proxy) -> str:
    """Return the URL as JupyterHub spells it (jupyterhub/httpclient.py, _HTTPUnixConnector)."""
    return f"http+unix://{quote(str(proxy.socket), safe='')}" if proxy.socket else proxy.api
