"""DirectoryAuthenticator: asks an LDAP directory, and asks again while a session lives.

Here is what the hub sees: threads so that a slow directory never stops it, the limits of failed
logins, and what becomes of a session when the directory says no, or nothing.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

from tornado.web import RequestHandler
from traitlets import Dict, Integer, List, Unicode

from hub_config.auth.ldaplookup import DirectoryLookup, Person
from hub_config.auth.ldapservers import NoAnswer
from hub_config.auth.page import read_form, refuse
from hub_config.auth.protocol import LoginRequest, Why
from hub_config.auth.turnstile import Turnstile

LOGIN_THREADS = 8
RECHECK_THREADS = 4
LOGINS_WAITING = 256
FAILURE_SECONDS = 2.0
"""Every failed password is answered so long after the question, as berth-auth does: the answer
does not tell whether the user exists."""


class DirectoryAuthenticator(DirectoryLookup):
    """Logs in whoever the directory lets in."""

    members_allowed = List(Unicode(), help="Groups whose members may log in.").tag(
        config=True, allow_config=True
    )
    admin_groups = List(Unicode(), help="Groups whose members are admins.").tag(config=True)
    fixed_groups = Dict(help="Hub group to members, besides the directory's.").tag(config=True)
    keep_sessions = Integer(
        28800, help="Seconds that a session outlives the directory's last answer."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._turnstile = Turnstile(LOGIN_THREADS, waiting=LOGINS_WAITING)
        self._rechecks = ThreadPoolExecutor(RECHECK_THREADS, thread_name_prefix="recheck")
        self._asked: dict[str, asyncio.Future[Person | None]] = {}
        self._started, self._confirmed = monotonic(), dict[str, float]()

    # --- a login --------------------------------------------------------------------------

    async def authenticate(
        self, handler: RequestHandler, data: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Return the auth model, or None; HTTPError 429 or 503: see ``page.refuse``."""
        login = read_form(data)
        if login is None:
            return None
        try:
            request = LoginRequest(login.user, login.password, handler.request.remote_ip or "")
        except ValueError:
            return None
        found: list[Person] = []
        earliest = monotonic() + FAILURE_SECONDS
        why = await self._turnstile.run(
            request.user, request.source, lambda: self._judge(request, found)
        )
        if why is None:
            return self._model(found[0])
        if why is Why.CREDENTIALS:
            await asyncio.sleep(earliest - monotonic())
        refuse(why)
        return None

    def _judge(self, request: LoginRequest, found: list[Person]) -> Why | None:
        try:
            person = self.ask(request.user, request.password, probe=True)
        except NoAnswer:
            return Why.BUSY
        if person is None:
            return Why.CREDENTIALS
        found.append(person)
        return None

    def _model(self, person: Person) -> dict[str, Any]:
        """Return what JupyterHub keeps of *person*; also says no to admins of yesterday."""
        self._confirmed[person.name] = monotonic()
        fixed = {group for group, names in self.fixed_groups.items() if person.name in names}
        return {
            "name": person.name,
            "admin": person.name in self.admin_users or self._in(person, self.admin_groups),
            "groups": sorted(person.groups | fixed),
            "auth_state": {
                "ldap_groups": sorted(person.groups),
                "user_attributes": dict(person.attributes),
            },
        }

    async def check_allowed(self, username: str, auth_model: dict[str, Any] | None) -> bool:
        """Return whether the user is named, or in one of the groups that may log in."""
        if self.allow_all or username in self.allowed_users:
            return True
        state = (auth_model or {}).get("auth_state") or {}
        return not set(self.members_allowed).isdisjoint(state.get("ldap_groups", ()))

    @staticmethod
    def _in(person: Person, groups: list[str]) -> bool:
        return not person.groups.isdisjoint(groups)

    # --- while a session lives ------------------------------------------------------------

    async def refresh_user(
        self, user: Any, handler: RequestHandler | None = None
    ) -> bool | dict[str, Any]:
        """Return the model of today; False if the user may not come in any more.

        Without an answer: True for ``keep_sessions`` seconds after the last one.
        """
        if handler is not None and not hasattr(handler, "_token_authenticated"):
            # Until JupyterHub sets for pages what it reads next (6.1.1, base.py, refresh_auth).
            handler._token_authenticated = False  # type: ignore[attr-defined]
        try:
            person = await self._recheck(user.name)
        except NoAnswer:
            return self._kept(user.name)
        if person is None:
            self.log.warning("The directory does not let %s in any more", user.name)
            return False
        model = self._model(person)
        if await self.check_allowed(user.name, model):
            return model
        self.log.warning("%s is in none of the groups that may log in any more", user.name)
        return False

    async def _recheck(self, name: str) -> Person | None:
        """Ask once for all requests of the user that come at the same time."""
        if name not in self._asked:
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._rechecks, self.ask, name)
            asked.add_done_callback(lambda _: self._asked.pop(name))
            self._asked[name] = asked
        return await asyncio.shield(self._asked[name])

    def _kept(self, name: str) -> bool:
        kept = monotonic() - self._confirmed.get(name, self._started) < self.keep_sessions
        if not kept:
            self.log.error("No word from the directory about %s for too long", name)
        return kept
