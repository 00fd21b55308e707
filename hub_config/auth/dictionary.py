"""DictionaryAuthenticator: user names and password hashes in the site file.

For a demo, a course or a first try; a centre has PAM. Nothing of a login is blocking: hashes
are computed by two threads.
"""

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import Authenticator
from tornado.web import RequestHandler
from traitlets import Dict, TraitError, Unicode, validate

from hub_config.auth.names import USERNAME
from hub_config.auth.page import read_form, refuse
from hub_config.auth.passwords import hash_of_nothing, parse, verify
from hub_config.auth.protocol import Why, canonical_source
from hub_config.auth.turnstile import Turnstile

THREADS = 2


class DictionaryAuthenticator(Authenticator):  # type: ignore[misc]  # jupyterhub has no types
    """Logs in whoever is in ``passwords`` and knows the password."""

    passwords = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="User name to password hash as ``berth hash-password`` prints it.",
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._nobody = hash_of_nothing()
        self._turnstile = Turnstile(THREADS)

    @validate("passwords")
    def _check_passwords(self, proposal: Any) -> dict[str, str]:
        passwords: dict[str, str] = proposal["value"]
        for user, stored in passwords.items():
            if not USERNAME.fullmatch(user):
                raise TraitError(f"passwords: {user!r} is no user name ({USERNAME.pattern})")
            try:
                parse(stored)
            except ValueError as error:
                raise TraitError(f"passwords: {user}: {error}") from None
        return passwords

    async def authenticate(self, handler: RequestHandler, data: Mapping[str, str]) -> str | None:
        """Return the user's name, or None; HTTPError 429 or 503: see ``page.refuse``.

        A name that is not in ``passwords`` takes as long as one that is.
        """
        login = read_form(data)
        if login is None:
            return None
        stored = self.passwords.get(login.user, self._nobody)
        why = await self._turnstile.run(
            login.user,
            canonical_source(handler.request.remote_ip),
            lambda: None if verify(login.password, stored) else Why.CREDENTIALS,
        )
        if why is None:
            return login.user
        refuse(why)
        return None
