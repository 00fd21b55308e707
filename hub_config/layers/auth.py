"""Who may log in, who is admin, and the groups profiles ask for."""

from typing import Any

from hub_config.auth.dictionary import DictionaryAuthenticator
from hub_config.auth.ldap import DirectoryAuthenticator
from hub_config.auth.names import USERNAME_PATTERN
from hub_config.auth.pam import DoorAuthenticator
from hub_config.model.login import DictionaryAuth, LdapAuth, PamAuth
from hub_config.model.site import Site


def apply(c: Any, site: Site) -> None:
    """Set the authenticator and the rules all authenticators share."""
    auth = site.auth
    c.Authenticator.username_pattern = USERNAME_PATTERN
    c.Authenticator.admin_users = set(auth.admins)
    c.Authenticator.allowed_users = set(auth.allowed_users or ())
    c.Authenticator.allow_all = auth.allowed_users is None
    # Else who was allowed once would be for ever (jupyterhub/auth.py, allow_existing_users).
    c.Authenticator.allow_existing_users = False
    if isinstance(auth, LdapAuth):
        _directory(c, auth)
        return
    c.JupyterHub.load_groups = {
        name: {"users": list(members)} for name, members in auth.groups.items()
    }
    if isinstance(auth, DictionaryAuth):
        c.JupyterHub.authenticator_class = DictionaryAuthenticator
        c.DictionaryAuthenticator.passwords = dict(auth.passwords)
    else:
        _door(c, auth)


def _door(c: Any, auth: PamAuth) -> None:
    c.JupyterHub.authenticator_class = DoorAuthenticator
    c.DoorAuthenticator.socket = str(auth.socket)


def _directory(c: Any, auth: LdapAuth) -> None:
    c.JupyterHub.authenticator_class = DirectoryAuthenticator
    c.Authenticator.allow_all = auth.allowed_users is None and auth.allowed_groups is None
    directory = c.DirectoryAuthenticator
    directory.servers = list(auth.servers)
    directory.ca_file = str(auth.ca_file or "")
    directory.timeout = auth.timeout
    directory.bind_dn = auth.bind_dn or ""
    directory.bind_password_file = str(auth.bind_password_file or "")
    _people(directory, auth)
    _groups(directory, auth)
    # Asked again at this age, before each start, and for API tokens as well
    # (jupyterhub/handlers/base.py, refresh_auth).
    directory.auth_refresh_age = auth.recheck if auth.rechecks else 0
    directory.refresh_pre_spawn = auth.rechecks
    directory.auth_refresh_strict = True
    directory.keep_sessions = auth.keep_sessions
    directory.auth_state_attributes = list(auth.wanted)
    directory.enable_auth_state = bool(auth.wanted)


def _people(directory: Any, auth: LdapAuth) -> None:
    directory.valid_username_regex = USERNAME_PATTERN
    directory.user_filter = auth.user_filter
    if auth.dn_template:
        directory.bind_dn_template = auth.dn_template
        return
    directory.lookup_dn = True
    directory.user_search_base = auth.user_search
    directory.user_attribute = auth.user_attribute
    # The name is the directory's, so that it can be compared with what was typed.
    directory.lookup_dn_user_dn_attribute = auth.user_attribute
    directory.use_lookup_dn_username = True


def _groups(directory: Any, auth: LdapAuth) -> None:
    # With groups of the authenticator, JupyterHub takes none from load_groups (app.py).
    directory.manage_groups = True
    directory.fixed_groups = {name: list(members) for name, members in auth.groups.items()}
    directory.group_search = auth.group_search or ""
    directory.group_search_filter = auth.group_filter
    directory.group_attribute = auth.group_attribute
    directory.members_allowed = list(auth.allowed_groups or ())
    directory.admin_groups = list(auth.admin_groups)
