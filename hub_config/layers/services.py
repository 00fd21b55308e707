"""Programs beside the hub, and what their tokens may do. The tokens come from systemd."""

import sys
from collections.abc import Iterator
from typing import Any

from hub_config.model.announcement import WRITE
from hub_config.model.edge import Service
from hub_config.model.events import READ
from hub_config.model.login import LdapAuth
from hub_config.model.site import Site

_SCOPES = {
    WRITE: {"description": "Write announcements"},
    READ: {"description": "Read who started what, and how it ended"},
}

_IDENTITY = ["read:users:name!user", "read:users:groups!user"]


def apply(c: Any, site: Site) -> None:
    """Name the services; ``credentials`` gives each its token."""
    if not site.services:
        return
    c.JupyterHub.custom_scopes = _SCOPES
    c.JupyterHub.services = [
        _spec(name, service, site, c.BerthHub.get("site_file", ""))
        for name, service in site.services.items()
    ]
    c.JupyterHub.load_roles = [*_roles(site)]
    c.JupyterHub.extra_user_scopes = [
        _access(name)
        for name, service in site.services.items()
        if service.port and service.access == "everybody"
    ]


def _spec(name: str, service: Service, site: Site, site_file: object) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": name, "display": service.display}
    if service.app:
        spec["info"] = {"app": service.app}  # templates/page.html says it in words
    if service.port:
        spec |= {
            "url": f"http://127.0.0.1:{service.port}",
            "timeout": 2,  # seconds after which the log says that it does not answer
            # Its operator is the hub's, so asking the user for consent says nothing.
            "oauth_no_confirm": True,
        }
    if service.app == "announcements":
        # What a visitor may do is seen by what their token may: never more than the visitor.
        spec["oauth_client_allowed_scopes"] = [*_IDENTITY, WRITE]
    if service.start:
        ours = [sys.executable, "-m", f"services.{service.app}"]
        spec["command"] = ours if service.app else list(service.command)
        state = site.hub.data_dir / "services" / name
        told = {"BERTH_SITE": str(site_file), "BERTH_STATE": str(state)} if service.app else {}
        url = site.database_of(name)
        database = {"BERTH_DATABASE": url} if url else {}
        spec["environment"] = {**told, **database, **service.environment}
    return spec


def _roles(site: Site) -> Iterator[dict[str, Any]]:
    for name, service in site.services.items():
        if service.scopes:
            scopes = list(service.scopes)
            yield {"name": f"service-{name}", "scopes": scopes, "services": [name]}
    for name in site.named("announcements")[:1]:
        yield _announcers(site, name)
        by_group = site.announcements.group_editors.items()
        for number, (group, users) in enumerate(by_group):
            scopes = [f"{WRITE}!group={group}", _access(name)]
            yield {"name": f"announcers-{number:02}", "scopes": scopes, "users": list(users)}


def _announcers(site: Site, service: str) -> dict[str, Any]:
    """Return the role of those who may announce to everybody: editors, and all admins."""
    editors = site.announcements.editors
    admin_groups = site.auth.admin_groups if isinstance(site.auth, LdapAuth) else ()
    return {
        "name": "announcers",
        "scopes": [WRITE, _access(service)],
        "users": sorted({*site.auth.admins, *editors.users}),
        "groups": sorted({*admin_groups, *editors.groups}),
    }


def _access(name: str) -> str:
    return f"access:services!service={name}"
