"""Names of jobs that only this hub can have given, and the tokens that follow from them.

The first half of a name is random, the second proves that it was made here, for this user and
this server. So a hub finds its own jobs in a queue that it shares with others, and knows them
again when its database is lost. Who sees a name learns nothing about the token.
"""

import hashlib
import hmac
import re
import secrets

_UUID = re.compile(r"[0-9a-f]{32}")
_HALF = 16


class Marks:
    """Makes and knows the names of one hub's jobs. *secret* is the hub's cookie secret."""

    def __init__(self, secret: bytes) -> None:
        # A key of its own: what is signed here can never be taken for a cookie.
        self._key = hmac.digest(secret, b"berth: names and tokens of jobs", hashlib.sha256)

    def mint(self, user: str, server: str) -> str:
        """Return a new name, 32 hexadecimal digits, for a job of this server."""
        drawn = secrets.token_hex(_HALF // 2)
        return drawn + self._proof(drawn, user, server)

    def ours(self, uuid: str, user: str, server: str) -> bool:
        """Return whether this hub made *uuid* for this server of this user."""
        if not _UUID.fullmatch(uuid):
            return False
        return hmac.compare_digest(uuid[_HALF:], self._proof(uuid[:_HALF], user, server))

    def token(self, uuid: str) -> str:
        """Return the API token of the server in the job *uuid*: 64 hexadecimal digits."""
        return self._digest("token", uuid)

    def _proof(self, drawn: str, user: str, server: str) -> str:
        return self._digest("job", drawn, user, server)[:_HALF]

    def _digest(self, *fields: str) -> str:
        # No field can hold the separator: names are JupyterHub's, the rest is hexadecimal.
        message = "\0".join(fields).encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
