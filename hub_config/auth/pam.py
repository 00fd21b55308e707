"""DoorAuthenticator: asks berth-auth, the login service, which asks PAM.

The hub itself has no right to check passwords and needs no PAM library.
"""

import asyncio
from collections.abc import Mapping

from jupyterhub.auth import Authenticator
from tornado.web import HTTPError, RequestHandler
from traitlets import Float, Unicode

from hub_config.auth.page import NO_ANSWER, read_form, refuse
from hub_config.auth.protocol import MAX_LINE, LoginRequest, Why, encode_request, parse_answer


class DoorAuthenticator(Authenticator):  # type: ignore[misc]  # jupyterhub has no types
    """Logs in whoever PAM lets in, by way of berth-auth."""

    socket = Unicode("/run/berth/auth.sock", help="Where berth-auth listens.").tag(config=True)

    timeout = Float(
        20.0,
        help="Seconds to wait for its answer; a wrong password alone takes two.",
    ).tag(config=True)

    async def authenticate(self, handler: RequestHandler, data: Mapping[str, str]) -> str | None:
        """Return the user's name, or None; HTTPError 403, 429 or 503 with the page's message."""
        login = read_form(data)
        if login is None:
            return None
        try:
            request = LoginRequest(login.user, login.password, handler.request.remote_ip or "")
        except ValueError:  # no PAM account has such a password
            return None
        why = await self._ask(encode_request(request))
        if why is None:
            return login.user
        if why is Why.REQUEST:
            self.log.error("berth-auth refuses this hub's request: see its log, and --allow-uid")
            raise HTTPError(503, NO_ANSWER)
        refuse(why)
        return None

    async def _ask(self, line: bytes) -> Why | None:
        try:
            async with asyncio.timeout(self.timeout):
                return parse_answer(await self._exchange(line))
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            self.log.error(
                "berth-auth does not answer at %s (%r): is its service running, "
                "and may this user open the socket?", self.socket, error
            )  # fmt: skip
            raise HTTPError(503, NO_ANSWER) from None

    async def _exchange(self, line: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self.socket, limit=MAX_LINE)
        try:
            writer.write(line)
            await writer.drain()
            return await reader.readline()
        finally:
            writer.close()
