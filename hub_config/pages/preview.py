"""The job script for the curious: what a start with the values of a form would submit."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.scopes import needs_scope
from jupyterhub.utils import url_escape_path, url_path_join
from tornado import web
from tornado.httputil import url_concat

from hub_config import form
from hub_config.agent import Failure
from hub_config.batch import Batch, batch, command_line
from hub_config.model.resolve import BadAnswers
from hub_config.runtime import KEY, Runtime, groups
from hub_config.said import said
from hub_config.spawner import NO_PROFILES
from hub_config.yaml12 import BadConfig

log = logging.getLogger("berth.preview")

_few = asyncio.Semaphore(2)
"""Threads: others need some, and the directory of accounts may hang."""


class PreviewHandler(BaseHandler):  # type: ignore[misc]  # untyped upstream
    """POST of a form's values: a page with the command and the script. Nothing is started."""

    @web.authenticated
    def get(self, user_name: str, server_name: str = "") -> None:
        """Lead to the form: a page that was posted for has links to its own address."""
        form_url = url_path_join(self.hub.base_url, "spawn", url_escape_path(user_name))
        self.redirect(url_path_join(form_url, url_escape_path(server_name or "")))

    @web.authenticated
    async def post(self, user_name: str, server_name: str = "") -> None:
        """Answer with the page; 400 if the values are wrong, 503 if nobody can tell now."""
        await self._post(user_name=user_name, server_name=server_name or "")

    @needs_scope("servers")  # type: ignore[untyped-decorator]
    async def _post(self, user_name: str, server_name: str) -> None:
        user = self.find_user(user_name)
        if user is None:
            raise web.HTTPError(404)
        if server_name:
            await self._check_named_server_request(user, server_name, server_name, False)
        given = self.request.body_arguments.items()
        answers = form.read({k: [v.decode("utf8", "replace") for v in vs] for k, vs in given})
        made, troubles = await self._made(user, server_name, answers)
        page = await self.render_template(
            "options/preview.html",
            for_user=user,
            command=command_line(made.argv) if made else "",
            script=made.script if made else "",
            unread=made.unread if made else "",
            troubles=troubles,
            form_url=self._form_url(user, server_name, answers),
        )
        self.finish(page)

    async def _made(
        self, user: Any, server_name: str, answers: dict[str, str]
    ) -> tuple[Batch | None, Iterable[str]]:
        """Return what would be submitted, or what is wrong; sets the status of the answer."""
        runtime: Runtime = self.settings[KEY]
        try:
            request = await runtime.resolve(user.name, groups(user), answers)
            # Files, and accounts that another machine may be asked for.
            async with _few:
                made = await asyncio.to_thread(batch, runtime.site, request, user.name, server_name)
        except BadAnswers as error:
            self.set_status(400)
            return None, await self._sentences(user, answers, error)
        except BadConfig:
            self.set_status(503)
            return None, [NO_PROFILES]
        except Failure as failure:
            log.warning("No job script can be shown: %s", failure)
            self.set_status(503)
            return None, [said("The settings of the hub's agent are wrong: tell your centre.")]
        return made, []

    async def _sentences(self, user: Any, answers: object, error: BadAnswers) -> list[str]:
        """Return what the form would say of these values."""
        offer = await self.settings[KEY].offer(user.name, groups(user))
        known = {"server_name": "", "user": user.name}
        shown = form.view(offer, answers=answers, errors=error.errors, **known)
        return [trouble.text for trouble in shown.troubles]

    def _form_url(self, user: Any, server_name: str, answers: dict[str, str]) -> str:
        """Return the address of the form with these values in it."""
        own = url_path_join(self.hub.base_url, "spawn", user.escaped_name)
        here = url_path_join(own, url_escape_path(server_name)) if server_name else own
        values = {f"opt-{name}": value for name, value in answers.items()}
        return str(url_concat(here, values))


ROUTES: list[tuple[str, Any]] = [
    (r"/berth/preview/(?P<user_name>[^/]+)(?:/(?P<server_name>[^/]+))?", PreviewHandler),
]
