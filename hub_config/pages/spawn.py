"""JupyterHub's pages where Berth's differ: the spawn form."""

import asyncio
import time
from typing import Any

from jupyterhub.handlers import pages
from tornado import web
from tornado.httputil import url_concat

from hub_config import __version__, form
from hub_config.checks import Finding
from hub_config.model.resolve import lasting
from hub_config.pages.notices import notices_of
from hub_config.refusal import HTTPRefused, SpawnRefused
from hub_config.runtime import KEY, Runtime, groups
from hub_config.said import said
from hub_config.spawner import NO_PROFILES, BerthSpawner
from hub_config.yaml12 import BadConfig

ANSWER_SECONDS = 10.0
"""After that sbatch itself has given up on a controller that does not answer."""

UNREAD = said(
    "Read what is announced on top of this page first, and confirm there that you have read it."
)


class SpawnHandler(pages.SpawnHandler):  # type: ignore[misc]  # untyped upstream
    """The form: GET shows it, filled in from the URL; only POST starts a server."""

    refusal: Exception | None = None

    def _get_user_options(self, query_options: dict[str, list[str]]) -> dict[str, Any]:
        # In JupyterHub any query argument starts a server (pages.py, SpawnHandler._get).
        return {}

    async def prepare(self) -> None:
        """Refuse what is not UTF-8: JupyterHub decodes it unseen (pages.py, _get and _post)."""
        await super().prepare()
        try:
            for values in self.request.arguments.values():
                b"\n".join(values).decode()
        except UnicodeDecodeError as error:
            raise HTTPRefused(400, said("A field is not UTF-8 text.")) from error

    async def _wrap_spawn_single_user(
        self, user: Any, server_name: str, display_name: str, spawner: BerthSpawner,
        pending_url: str, options: Any = None,
    ) -> Any:  # fmt: skip
        """Start, and lead to the waiting page once the scheduler has taken the job.

        JupyterHub waits one second whatever happens (pages.py, the same method), so that a
        refusal of a slower scheduler would not come back on the form.
        """
        try:
            if notices_of(self.settings).unread(self.current_user):
                raise HTTPRefused(400, UNREAD)
            # Judged here too, before JupyterHub makes a token and a row for the server.
            await spawner.resolve(options)
            if spawner.active:  # a second click, while the first was judged
                return self.redirect(pending_url)
            # A failure of before is none of this start (pages.py, the same method).
            spawner._spawn_future = None
            start = self.spawn_single_user(user, server_name, display_name, options=options)
            await _taken(asyncio.ensure_future(start), spawner)
            self._remember(user, options)
        except web.HTTPError as error:
            self.refusal = error
            raise
        except Exception as error:
            # Another click may have been quicker, in the moment before JupyterHub looked itself.
            if spawner.pending != "spawn":
                name = spawner._log_name
                message = said("Server {name} cannot be started.", name=name)
                raise HTTPRefused(500, message) from error
        return self.redirect(pending_url)

    def _remember(self, user: Any, options: Any) -> None:
        """Keep what was let through, for the user's next form; not what an admin chose for them."""
        if user.name == self.current_user.name and isinstance(options, dict):
            pane = form.pane_of(options)
            self.settings[KEY].remembered.keep(user.orm_user.id, pane, lasting(options))

    async def _render_form(
        self, for_user: Any, spawner_options_form: str, message: str = "", html_message: str = ""
    ) -> str:
        server_name = self.path_args[1] if len(self.path_args) > 1 and self.path_args[1] else ""
        runtime: Runtime = self.settings[KEY]
        errors = self.refusal.errors if isinstance(self.refusal, SpawnRefused) else {}
        try:
            offer = await runtime.offer(for_user.name, groups(for_user))
        except BadConfig as error:
            raise HTTPRefused(503, NO_PROFILES) from error
        html: str = await self.render_template(
            "spawn.html",
            for_user=for_user,
            auth_state=await for_user.get_auth_state(),
            form=form.view(
                offer,
                server_name=server_name,
                answers=self._answers(),
                errors=errors,
                message="" if errors else message or "",
                user=for_user.name,
                remembered=runtime.remembered.of(for_user.orm_user.id),
                posted=self.request.method == "POST",
                overview=await runtime.facts.overview(),
            ),
            findings=await self._findings(for_user.name),
            server_name=server_name,
            action=self._action(),
            berth_version=__version__,
        )
        return html

    async def _findings(self, user: str) -> tuple[Finding, ...]:
        """Return what the form tells besides what has just kept a server from starting."""
        refused = isinstance(self.refusal, SpawnRefused)
        found = await self.settings[KEY].checks.findings(user)
        return tuple(one for one in found if not (one.refuses and refused))

    def _action(self) -> str:
        """Return where the form posts to: here, with the page the visitor wanted to see."""
        wanted = self.get_query_argument("next", "")
        path: str = self.request.path
        return url_concat(path, {"next": wanted}) if wanted else path

    def _answers(self) -> dict[str, str]:
        """Return what the user typed, or what the URL says."""
        posted = self.request.method == "POST"
        given = self.request.body_arguments if posted else self.request.query_arguments
        texts = {k: [v.decode("utf8", "replace") for v in vs] for k, vs in given.items()}
        return form.read(texts, known_only=not posted)


async def _taken(start: "asyncio.Future[None]", spawner: BerthSpawner) -> None:
    """Return when the scheduler has taken the job, or has not answered for ANSWER_SECONDS.

    Raises what the start raises before; what it raises later is on the waiting page.
    """
    start.add_done_callback(lambda done: done.cancelled() or done.exception())
    patience = time.monotonic() + ANSWER_SECONDS
    while not start.done() and not spawner.queued and time.monotonic() < patience:
        await asyncio.wait({start}, timeout=0.1)
    if start.done():
        start.result()


SWAPPED = {pages.SpawnHandler: SpawnHandler}
"""JupyterHub's handlers and what stands in their place."""
