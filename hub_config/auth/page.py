"""The login page of JupyterHub: what its form sends, what it shows after a refusal.

An ``HTTPError`` raised while logging in is shown on the login form itself:
https://github.com/jupyterhub/jupyterhub/blob/main/jupyterhub/handlers/login.py
(``LoginHandler.render_template``), unless there is a template named after its number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tornado.web import HTTPError

from hub_config.auth.names import USERNAME
from hub_config.auth.protocol import Why
from hub_config.said import said

INVALID = said("Invalid username or password")
_MESSAGES = {
    Why.ACCOUNT: (403, said("This account is locked or has expired. Ask the support desk.")),
    Why.LIMIT: (429, said("Too many failed logins. Wait a minute, then try again.")),
    Why.BUSY: (503, said("Passwords cannot be checked at the moment. Try again in a minute.")),
}
NO_ANSWER = said(
    "The login service does not answer. Try again in a minute, or tell the support desk."
)


@dataclass(frozen=True, slots=True)
class Login:
    """A filled-in login form."""

    user: str
    password: str = field(repr=False)


def read_form(data: Mapping[str, str]) -> Login | None:
    """Return the form in *data*; None: nobody can log in with it.

    Raises HTTPError 403 if there is no user name at all, for which JupyterHub answers 500
    (``LoginHandler.post`` reads ``data["username"]``).
    """
    if "username" not in data:
        raise HTTPError(403, INVALID)
    user, password = data["username"].lower(), data.get("password", "")
    return Login(user, password) if USERNAME.fullmatch(user) and password else None


def refuse(why: Why) -> None:
    """Raise the HTTPError for *why*, or return for JupyterHub's own "invalid password" page."""
    if why in _MESSAGES:
        status, message = _MESSAGES[why]
        raise HTTPError(status, message)
