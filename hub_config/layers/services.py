"""Programs beside the hub, and what their tokens may do. The tokens come from systemd."""

from typing import Any

from hub_config.model.edge import Service
from hub_config.model.site import Site


def apply(c: Any, site: Site) -> None:
    """Name the services; ``credentials`` gives each its token."""
    if not site.services:
        return
    c.JupyterHub.services = [_spec(name, service) for name, service in site.services.items()]
    c.JupyterHub.load_roles = [
        {"name": f"service-{name}", "scopes": list(service.scopes), "services": [name]}
        for name, service in site.services.items()
        if service.scopes
    ]
    c.JupyterHub.extra_user_scopes = [
        f"access:services!service={name}"
        for name, service in site.services.items()
        if service.port and service.access == "everybody"
    ]


def _spec(name: str, service: Service) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": name, "display": service.display}
    if service.port:
        spec |= {
            "url": f"http://127.0.0.1:{service.port}",
            "timeout": 2,  # seconds that a service which is down delays the start of the hub
            # Its operator is the hub's, so asking the user for consent says nothing.
            "oauth_no_confirm": True,
        }
    return spec
