"""One authenticator by itself: its settings as the layer makes them, and a login through it."""

from types import SimpleNamespace
from typing import Any

from ruamel.yaml import YAML
from traitlets.config import Config

from hub_config.auth.ldap import DirectoryAuthenticator
from hub_config.layers import auth
from hub_config.load import load_site
from tests.ldap.directory import BASE, LOOKUP, LOOKUP_PASSWORD, Directory


def section(directory: Directory, **changes: Any) -> dict[str, Any]:
    """Return the ``auth`` section of a centre with this directory."""
    password = directory.folder / "lookup-password"
    password.touch(0o600)
    password.write_text(LOOKUP_PASSWORD + "\n")
    values = {
        "method": "ldap",
        "servers": [directory.url],
        "ca_file": str(directory.authority.file),
        "bind_dn": LOOKUP,
        "bind_password_file": str(password),
        "user_search": f"ou=people,{BASE}",
        "user_filter": "(!(employeeType=left))",
        "group_search": f"ou=groups,{BASE}",
        "allowed_groups": ["hpcusers"],
        "admin_groups": ["hub-admins"],
        "timeout": "2s",
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}


def authenticator(directory: Directory, **changes: Any) -> DirectoryAuthenticator:
    """Return the authenticator of a hub with this section."""
    config, file = Config(), directory.folder / "site.yml"
    YAML().dump({"auth": section(directory, **changes), "scheduler": {"type": "local"}}, file)
    auth.apply(config, load_site(file))
    return DirectoryAuthenticator(config=config)


async def enter(
    who: DirectoryAuthenticator, user: str, password: str, source: str = "192.0.2.1"
) -> dict[str, Any] | None:
    """Log in as the hub does; raises the HTTPError of the page."""
    handler = SimpleNamespace(request=SimpleNamespace(remote_ip=source))
    model: dict[str, Any] | None = await who.get_authenticated_user(
        handler, {"username": user, "password": password}
    )
    return model
