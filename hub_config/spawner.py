"""The wrapper spawner JupyterHub sees: the gate, and one BatchJob child per started server.

It keeps ProfilesSpawner's shape (a child chosen by profile, state with ``profile`` and
``child_state``) and none of its fall-backs: an unknown profile is refused, saved state holds
the whole request, and no option reaches a job but through ``apply_user_options``.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Any

from jupyterhub import orm
from jupyterhub.spawner import Spawner
from jupyterhub.utils import hash_token
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from traitlets import Instance, Unicode, default
from wrapspawner import ProfilesSpawner

from hub_config import form, journal
from hub_config.auth.ldapattributes import job_environment
from hub_config.job import BatchJob
from hub_config.model.login import job_variables
from hub_config.model.request import JobRequest
from hub_config.model.resolve import BadAnswers
from hub_config.model.single_user import MEMORY_LIMIT
from hub_config.refusal import SpawnRefused
from hub_config.runtime import KEY, Runtime, groups
from hub_config.said import said, together
from hub_config.tokens import revoke
from hub_config.yaml12 import BadConfig

READY_PATH = "/berth/ready"
STATE_VERSION = 1
SUBMIT_SECONDS = 300
"""What a submission may take besides; the agent's own timeout ends it much sooner."""
NO_PROFILES = said(
    "There are no profiles at the moment. Tell your centre's support: it has to correct them."
)
NOTICE_AGAIN = 5.0
"""Seconds until JupyterHub is told once more that a job has ended."""
_FORWARDED = ("JUPYTERHUB_", "JPY_")


class BerthSpawner(ProfilesSpawner):  # type: ignore[misc]  # untyped upstream
    """Spawner of every server. Pages are drawn by pages.SpawnHandler, not by ``options_form``."""

    # Never empty: with an empty form JupyterHub starts a server on a bare GET
    # (jupyterhub/handlers/pages.py, SpawnHandler._get).
    options_form = Unicode("berth")

    request: JobRequest | None = None
    _given_up = False
    _callbacks: list[Callable[[], Any]]
    _noticing: asyncio.Task[None] | None = None
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
        raise SpawnRefused(said("A link cannot start a server."), reason="options")

    async def resolve(self, answers: object) -> JobRequest:
        """Return the request of these answers. Raises SpawnRefused with every wrong field."""
        try:
            return await self._resolve(answers)
        except SpawnRefused as refusal:
            self.log.info("Refused: %s", refusal.jupyterhub_message)
            raise

    async def _resolve(self, answers: object) -> JobRequest:
        await self._check()
        try:
            return await self.berth.resolve(self.user.name, groups(self.user), answers)
        except BadConfig as error:
            raise SpawnRefused(NO_PROFILES, reason="profiles") from error
        except BadAnswers as error:
            message = together(*dict.fromkeys(error.errors.values()))
            raise SpawnRefused(message, reason="options", errors=error.errors) from error

    async def _check(self) -> None:
        """Refuse what could not run whatever is asked for: no home, or a full one."""
        found = [one for one in await self.berth.checks.findings(self.user.name) if one.refuses]
        if found:
            raise SpawnRefused(together(*(one.text for one in found)), reason=found[0].reason)

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
        self._given_up = False
        try:
            return await self._start()
        except SpawnRefused as refusal:
            self.log.warning("Not started: %s", refusal.jupyterhub_message)
            self._blame(refusal)
            raise
        except asyncio.CancelledError:
            self._given_up = True
            raise

    async def _start(self) -> tuple[str, int]:
        if self.request is None:
            raise SpawnRefused(said("Nothing was chosen to start."), reason="options")
        request, self.request = self.request, None
        child, token = self._intend(request)
        env = self.get_env() | {"JUPYTERHUB_API_TOKEN": token, "JPY_API_TOKEN": token}
        report_url = env["JUPYTERHUB_API_URL"].rstrip("/") + READY_PATH
        forwarded = {k: v for k, v in env.items() if k.startswith(_FORWARDED)}
        forwarded |= self.berth.site.single_user.idle_variables(request.walltime)
        forwarded[MEMORY_LIMIT] = str(request.memory << 20)
        child.personal = await self._personal()
        return await self._booted(*await child.launch(forwarded, report_url))

    async def resume(self) -> tuple[str, int]:
        """Go on with a start that began under an earlier hub. Raises SpawnRefused."""
        try:
            return await self._booted(*await self.construct_child().resume())
        except SpawnRefused as refusal:
            self._blame(refusal)
            raise

    def _blame(self, refusal: SpawnRefused) -> None:
        """Keep why the start is given up, for pages drawn after the hub was restarted."""
        if self.child_spawner is not None:
            message, reason = refusal.jupyterhub_message, refusal.reason
            self.berth.ledger.blame(self.child_spawner.uuid, message, reason)

    async def _booted(self, host: str, port: int) -> tuple[str, int]:
        await self.construct_child().boot(f"http://{host}:{port}{self.server.base_url}api")
        return host, port

    def _intend(self, request: JobRequest) -> tuple[BatchJob, str]:
        """Return the child, its job in the ledger, and the token of its server.

        The token follows from the job's name, so that a hub which has lost its database knows
        it again. JupyterHub itself stores the spawner's state only after start() has returned
        (user.py, User.spawn); the ledger commits it with its own row.
        """
        uuid = self.berth.marks.mint(self.user.name, self.name)
        token = self.berth.marks.token(uuid)
        child = self.construct_child()
        child.uuid, child.request = uuid, request
        child.token_hash = self._take_token(token)
        self.orm_spawner.state = self.get_state()
        child.intend()
        return child, token

    def _take_token(self, token: str) -> str:
        """Let *token* stand where JupyterHub's own stood; return its hash."""
        row = orm.APIToken.find(inspect(self.orm_spawner).session, self.api_token)
        row.token = token
        if self.orm_spawner.oauth_client:
            self.orm_spawner.oauth_client.secret = hash_token(token)
        hashed: str = row.hashed
        return hashed

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
        return await self.child_spawner.poll()

    async def stop(self, now: bool = False) -> None:
        """Return when the scheduler says that the job has ended, its token revoked."""
        self._given_up = False
        if self.child_spawner is not None:
            await self.child_spawner.stop(now)
            with suppress(SQLAlchemyError):  # the watch does it too, and does not give up
                revoke(inspect(self.orm_spawner).session, self.child_spawner.token_hash)

    @property
    def ready(self) -> bool:
        """Whether the server can be used; not for the second that a cancelled start takes.

        JupyterHub leaves nothing pending then (apihandlers/users.py, UserServerAPIHandler.delete).
        """
        return bool(super().ready) and not self._given_up

    # --- the end of a job that nobody stopped

    def add_poll_callback(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Take what is called at the end of the job, which may have come already."""
        super().add_poll_callback(callback, *args, **kwargs)
        if self.child_spawner is not None and self.child_spawner.over:
            self._on_end()

    def _on_end(self) -> None:
        if self.pending != "stop":  # else JupyterHub brought the end about, and knows
            self._noticing = asyncio.create_task(self._notice())

    async def _notice(self) -> None:
        """Tell JupyterHub, which asks nobody, and again if it could not let go of the server.

        It takes the route away first, which fails while the proxy is down.
        """
        while callbacks := list(self._callbacks):
            await self.poll_and_notify()
            if not self.ready:
                return
            self._callbacks = callbacks
            await asyncio.sleep(NOTICE_AGAIN)

    async def progress(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the scheduler's view while the server starts."""
        while self.child_spawner is None:
            yield {"progress": 5, "message": said("Checking the request")}
            await asyncio.sleep(0.5)
        async for event in self.child_spawner.progress():
            yield event

    def construct_child(self) -> BatchJob:
        """Return the child, made once, without the parent's traits linked to it."""
        if self.child_spawner is None:
            # Without the configuration, which sets nothing of it and would be read for each server.
            self.child_spawner = BatchJob(
                user=self.user, hub=self.hub, orm_spawner=self.orm_spawner
            )
            self.child_spawner.on_end = self._on_end
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
        if self.child_spawner is not None and not self.child_spawner.over:
            # Nobody will ask for this job again, so it must end, whatever has gone wrong.
            self.berth.watch.want_end(self.child_spawner.uuid)
        self.child_spawner = None
        self.child_profile = ""
