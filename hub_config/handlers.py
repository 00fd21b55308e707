"""JupyterHub's REST handlers that take the shape of a body for granted: 400 in place of 500.

Each class looks at the body once and leaves the rest to JupyterHub, until it does so itself:
https://github.com/jupyterhub/jupyterhub/blob/6.1.1/jupyterhub/apihandlers/users.py
"""

from collections.abc import Mapping
from typing import Any

from jupyterhub.apihandlers import users
from tornado import web

from hub_config.refusal import SpawnRefused

_FIELDS: Mapping[str, Mapping[str, type]] = {
    "PATCH": {"name": str, "display_name": str, "user_options": dict},
    "DELETE": {"remove": bool},
}


class ServerHandler(users.UserServerAPIHandler):  # type: ignore[misc]  # untyped upstream
    """PATCH and DELETE of a server; POST and PUT look at their bodies upstream."""

    def get_json_body(self) -> Any:
        """Return the body, an object of the known fields or nothing. Raises HTTPError 400."""
        body, kinds = super().get_json_body(), _FIELDS[self.request.method]
        if body is not None and not isinstance(body, dict):
            raise web.HTTPError(400, "The body must be an object")
        for name, value in (body or {}).items():
            if not isinstance(value, kinds.get(name, ())):
                known = ", ".join(f"{field} ({kind.__name__})" for field, kind in kinds.items())
                raise web.HTTPError(400, f"The fields here are {known}")
        return body

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """Leave a refused start to the spawner, who has said it with user and server."""
        if not isinstance(value, SpawnRefused):
            super().log_exception(kind, value, traceback)


class UserListHandler(users.UserListAPIHandler):  # type: ignore[misc]  # untyped upstream
    """POST of new users: one text would be taken for a list of names of one letter each."""

    def get_json_body(self) -> Any:
        """Return the body, its user names a list of texts. Raises HTTPError 400."""
        body = super().get_json_body()
        names = body.get("usernames") if isinstance(body, dict) else None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise web.HTTPError(400, "usernames must be a list of names")
        return body


SWAPPED = {
    users.UserServerAPIHandler: ServerHandler,
    users.UserListAPIHandler: UserListHandler,
}
"""JupyterHub's handlers and what stands in their place."""
