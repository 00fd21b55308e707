"""The wrapper spawner JupyterHub sees: the gate, and one BatchJob child per started server.

It keeps ProfilesSpawner's shape (a child chosen by profile, state with ``profile`` and
``child_state``) and none of its fall-backs: an unknown profile is refused, saved state holds
the whole request, and no option reaches a job but through ``apply_user_options``.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from jupyterhub import orm
from jupyterhub.spawner import Spawner
from sqlalchemy import inspect
from traitlets import Instance, Unicode, default
from wrapspawner import ProfilesSpawner

from hub_config import form, journal
from hub_config.auth.ldapattributes import job_environment
from hub_config.job import BatchJob, SpawnRefused
from hub_config.model.login import job_variables
from hub_config.model.request import JobRequest
from hub_config.model.resolve import BadAnswers
from hub_config.runtime import KEY, Runtime, groups
from hub_config.yaml12 import BadConfig

READY_PATH = "/berth/ready"
STATE_VERSION = 1
SUBMIT_SECONDS = 300
"""What a submission may take besides; the agent's own timeout ends it much sooner."""
NO_PROFILES = "There are no profiles at the moment: your centre has to correct them, tell it so."
_FORWARDED = ("JUPYTERHUB_", "JPY_")


class BerthSpawner(ProfilesSpawner):  # type: ignore[misc]  # untyped upstream
    """Spawner of every server. Pages are drawn by pages.SpawnHandler, not by ``options_form``."""

    # Never empty: with an empty form JupyterHub starts a server on a bare GET
    # (jupyterhub/handlers/pages.py, SpawnHandler._get).
    options_form = Unicode("berth")

    request: JobRequest | None = None
    child_spawner: BatchJob | None = Instance(BatchJob, allow_none=True)  # type: ignore[assignment]

    @property
    def berth(self) -> Runtime:
        runtime: Runtime = self.user.settings[KEY]
        return runtime

    @default("log")
    def _named_log(self) -> journal.ServerLog:
        return journal.log_of(self)

    @property
    def job_id(self) -> str:
        """The scheduler's name of the job; empty: there is none yet."""
        return self.child_spawner.job_id if self.child_spawner else ""

    # --- the gate -------------------------------------------------------------------------

    def options_from_form(self, formdata: Mapping[str, list[str]]) -> dict[str, str]:
        """Read the form; the gate judges."""
        return form.read(formdata)

    def options_from_query(self, query_data: Mapping[str, list[str]]) -> dict[str, str]:
        """Refuse: a URL fills a form in, it never starts anything."""
        raise SpawnRefused("A link cannot start a server.", reason="options")

    async def resolve(self, answers: object) -> JobRequest:
        """Return the request of these answers. Raises SpawnRefused with every wrong field."""
        try:
            return await self._resolve(answers)
        except SpawnRefused as refusal:
            self.log.info("Refused: %s", refusal.jupyterhub_message)
            raise

    async def _resolve(self, answers: object) -> JobRequest:
        try:
            return await self.berth.resolve(self.user.name, groups(self.user), answers)
        except BadConfig as error:
            raise SpawnRefused(NO_PROFILES, reason="profiles") from error
        except BadAnswers as error:
            message = " ".join(dict.fromkeys(error.errors.values()))
            raise SpawnRefused(message, reason="options", errors=error.errors) from error

    # A method, not the trait it overrides, so that configuration cannot take the gate away.
    async def apply_user_options(self, spawner: Spawner, options: object) -> None:
        """The one gate: JupyterHub calls it on every path to a start (user.py, User.spawn)."""
        self.request = await self.resolve(options)
        # JupyterHub reads these from the wrapper (user.py, User.spawn and User._wait_up).
        # The job watches its own timeouts, from its submission on, and can say more.
        timeouts = self.request.start_timeout + self.request.http_timeout
        self.start_timeout = timeouts + SUBMIT_SECONDS
        self.http_timeout = self.request.http_timeout
        self.default_url = self.request.url

    async def _run_apply_user_options(self, user_options: object) -> None:
        """Let the gate judge, whose refusals need no traceback (jupyterhub/spawner.py)."""
        await self.apply_user_options(self, user_options)

    # --- start, poll, stop ----------------------------------------------------------------

    async def start(self) -> tuple[str, int]:
        """Start the job the gate let through. Raises SpawnRefused."""
        try:
            return await self._start()
        except SpawnRefused as refusal:
            self.log.warning("Not started: %s", refusal.jupyterhub_message)
            raise

    async def _start(self) -> tuple[str, int]:
        if self.request is None:
            raise SpawnRefused("Nothing was chosen to start.", reason="options")
        request, self.request = self.request, None
        child = self.construct_child()
        child.intend(request, self._token_hash())
        self._save()
        env = self.get_env()
        report_url = env["JUPYTERHUB_API_URL"].rstrip("/") + READY_PATH
        forwarded = {k: v for k, v in env.items() if k.startswith(_FORWARDED)}
        forwarded |= self.berth.site.single_user.idle_variables(request.walltime)
        child.personal = await self._personal()
        host, port = await child.launch(forwarded, report_url)
        await child.boot(f"http://{host}:{port}{env['JUPYTERHUB_SERVICE_PREFIX']}api")
        return host, port

    async def _personal(self) -> dict[str, str]:
        """Return the variables made of what the login has told about the user."""
        wanted = job_variables(self.berth.site.auth)
        if not wanted:
            return {}
        found, problems = job_environment(await self.user.get_auth_state(), wanted)
        for problem in problems:
            self.log.warning("A variable is left out: %s", problem)
        return found

    @property
    def queued(self) -> bool:
        """Whether the scheduler has taken the job of this start."""
        return bool(self.job_id)

    async def poll(self) -> int | None:
        """Return None while the server may live, else an exit code."""
        if self.child_spawner is None:
            return 0
        status = await self.child_spawner.poll()
        if status is not None:
            self._revoke(self.child_spawner.token_hash)
        return status

    async def stop(self, now: bool = False) -> None:
        """Return when the scheduler says that the job has ended, its token revoked."""
        if self.child_spawner is not None:
            await self.child_spawner.stop(now)
            self._revoke(self.child_spawner.token_hash)

    async def progress(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the scheduler's view while the server starts."""
        while self.child_spawner is None:
            yield {"progress": 5, "message": "Checking the request"}
            await asyncio.sleep(0.5)
        async for event in self.child_spawner.progress():
            yield event

    def construct_child(self) -> BatchJob:
        """Return the child, made once, without the parent's traits linked to it."""
        if self.child_spawner is None:
            self.child_spawner = BatchJob(
                user=self.user, hub=self.hub, orm_spawner=self.orm_spawner, config=self.config
            )
        return self.child_spawner

    # --- state ----------------------------------------------------------------------------

    def get_state(self) -> dict[str, Any]:
        """Return the profile's id and the child's whole state."""
        state: dict[str, Any] = Spawner.get_state(self)
        if self.child_spawner and self.child_spawner.uuid:
            request = self.child_spawner.request
            state |= {
                "version": STATE_VERSION,
                "profile": request.profile if request else "",
                "child_state": self.child_spawner.get_state(),
            }
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take a saved server over; profiles of today play no part in it."""
        Spawner.load_state(self, state)
        if child_state := state.get("child_state"):
            self.child_profile = str(state.get("profile", ""))
            self.construct_child().load_state(child_state)

    def clear_state(self) -> None:
        """Forget the child; called when it has ended and before each new start."""
        Spawner.clear_state(self)
        self.child_spawner = None
        self.child_profile = ""

    def _save(self) -> None:
        # The intent must be in the database before the scheduler hears of it: JupyterHub
        # itself stores state only after start() has returned (user.py, User.spawn).
        self.orm_spawner.state = self.get_state()
        inspect(self.orm_spawner).session.commit()

    def _token_hash(self) -> str:
        session = inspect(self.orm_spawner).session
        token = orm.APIToken.find(session, self.api_token)
        return token.hashed if token else ""

    def _revoke(self, token_hash: str) -> None:
        """Delete the job's token, which JupyterHub cannot after a restart (its text is gone)."""
        session = inspect(self.orm_spawner).session
        if session is None or not token_hash:
            return
        for token in session.query(orm.APIToken).filter_by(hashed=token_hash):
            session.delete(token)
        session.commit()
