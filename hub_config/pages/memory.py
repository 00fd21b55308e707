"""The memory of the form: how it is emptied, and the address under which anybody opens a form."""

from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.scopes import needs_scope
from jupyterhub.utils import url_escape_path, url_path_join
from tornado import web
from tornado.httputil import url_concat

from hub_config.runtime import KEY


class ForgetHandler(BaseHandler):  # type: ignore[misc]  # untyped upstream
    """POST: the form shows its defaults again."""

    @web.authenticated
    def post(self, user_name: str, pane: str) -> None:
        """Answer with a redirect to ``next``, the form that was left."""
        self._post(user_name=user_name, pane=pane)

    @needs_scope("servers")  # type: ignore[untyped-decorator]
    def _post(self, user_name: str, pane: str) -> None:
        user = self.find_user(user_name)
        if user is None:
            raise web.HTTPError(404)
        self.settings[KEY].remembered.forget(user.orm_user.id, pane)
        form = url_path_join(self.hub.base_url, "spawn", user.escaped_name)
        self.redirect(f"{self.get_next_url(user, form)}#pane-{pane}")


class FormHandler(BaseHandler):  # type: ignore[misc]  # untyped upstream
    """A form's address that has no user in it, to be given to others: leads to one's own form."""

    @web.authenticated
    def get(self, server_name: str = "") -> None:
        """Answer with a redirect that keeps the values, and nothing else, of the URL."""
        own = (self.hub.base_url, "spawn", self.current_user.escaped_name)
        given = self.request.query_arguments
        kept = [
            (name, v[-1].decode("utf8", "replace")) for name, v in given.items() if _value(name)
        ]
        self.redirect(url_concat(url_path_join(*own, url_escape_path(server_name)), kept))


def _value(name: str) -> bool:
    return name.startswith("opt-")


ROUTES: list[tuple[str, Any]] = [
    (r"/berth/forget/(?P<user_name>[^/]+)/(?P<pane>preset|advanced)", ForgetHandler),
    (r"/berth/form/(?P<server_name>[^/]+)", FormHandler),
]
