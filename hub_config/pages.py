"""JupyterHub's pages where Berth's differ: the spawn form."""

from pathlib import Path
from typing import Any

from jupyterhub.handlers import pages
from tornado import web
from tornado.web import StaticFileHandler

from hub_config import __version__, form
from hub_config.job import SpawnRefused
from hub_config.runtime import KEY, Runtime, groups
from hub_config.spawner import BerthSpawner


class SpawnHandler(pages.SpawnHandler):  # type: ignore[misc]  # untyped upstream
    """The form: GET shows it, filled in from the URL; only POST starts a server."""

    refusal: Exception | None = None

    def _get_user_options(self, query_options: dict[str, list[str]]) -> dict[str, Any]:
        # In JupyterHub any query argument starts a server (pages.py, SpawnHandler._get).
        return {}

    async def _wrap_spawn_single_user(
        self, user: Any, server_name: str, display_name: str, spawner: BerthSpawner,
        pending_url: str, options: Any = None,
    ) -> Any:  # fmt: skip
        try:
            # Judged here too, before JupyterHub makes a token and a row for the server.
            await spawner.resolve(options)
            return await super()._wrap_spawn_single_user(
                user, server_name, display_name, spawner, pending_url, options
            )
        except web.HTTPError as error:
            self.refusal = error
            raise

    async def _render_form(
        self, for_user: Any, spawner_options_form: str, message: str = "", html_message: str = ""
    ) -> str:
        server_name = self.path_args[1] if len(self.path_args) > 1 and self.path_args[1] else ""
        runtime: Runtime = self.settings[KEY]
        errors = self.refusal.errors if isinstance(self.refusal, SpawnRefused) else {}
        html: str = await self.render_template(
            "spawn.html",
            for_user=for_user,
            auth_state=await for_user.get_auth_state(),
            form=form.view(
                await runtime.offer(for_user.name, groups(for_user)),
                server_name=server_name,
                answers=self._answers(),
                errors=errors,
                message="" if errors else message or "",
                user=for_user.name,
            ),
            server_name=server_name,
            action=self.request.path,
            berth_version=__version__,
        )
        return html

    def _answers(self) -> dict[str, str]:
        """Return what the user typed, or what the URL says."""
        posted = self.request.method == "POST"
        given = self.request.body_arguments if posted else self.request.query_arguments
        texts = {k: [v.decode("utf8", "replace") for v in vs] for k, vs in given.items()}
        return form.read(texts, known_only=not posted)


SWAPPED = {pages.SpawnHandler: SpawnHandler}
"""JupyterHub's handlers and what stands in their place."""


def static_route(templates: Path) -> tuple[str, type[StaticFileHandler], dict[str, str]]:
    """Return the route of Berth's own CSS and JavaScript, below the hub's prefix."""
    return (r"/berth/static/(.*)", StaticFileHandler, {"path": str(templates / "static")})
