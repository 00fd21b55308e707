"""Who may log in, who is admin, and the groups profiles ask for."""

from typing import Any

from hub_config.auth.dictionary import DictionaryAuthenticator
from hub_config.auth.names import USERNAME_PATTERN
from hub_config.auth.pam import DoorAuthenticator
from hub_config.model.login import DictionaryAuth
from hub_config.model.site import Site


def apply(c: Any, site: Site) -> None:
    """Set the authenticator and the rules all authenticators share."""
    auth = site.auth
    if isinstance(auth, DictionaryAuth):
        c.JupyterHub.authenticator_class = DictionaryAuthenticator
        c.DictionaryAuthenticator.passwords = dict(auth.passwords)
    else:
        c.JupyterHub.authenticator_class = DoorAuthenticator
        c.DoorAuthenticator.socket = str(auth.socket)
    c.Authenticator.username_pattern = USERNAME_PATTERN
    c.Authenticator.admin_users = set(auth.admins)
    if auth.allowed_users is None:
        c.Authenticator.allow_all = True
    else:
        c.Authenticator.allowed_users = set(auth.allowed_users)
    c.JupyterHub.load_groups = {
        name: {"users": list(members)} for name, members in auth.groups.items()
    }
