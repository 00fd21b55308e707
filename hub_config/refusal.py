"""What will not happen, told in a way that JupyterHub shows to its user, in their language."""

from jupyterhub.spawner import SpawnException
from tornado.web import HTTPError

from hub_config.said import Text


class SpawnRefused(SpawnException):  # type: ignore[misc]  # untyped upstream
    """A start that will not happen; ``message`` is for the user, ``errors`` is field by field."""

    def __init__(self, message: str, *, reason: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message, reason=reason)
        self.errors = errors or {}
        # jupyterhub/utils.py format_exception reads this attribute and no other.
        self.jupyterhub_message = message


class HTTPRefused(HTTPError):
    """An answer that is an error; *message* is what its page says.

    Tornado's own makes plain English of a text (tornado/web.py, HTTPError.log_message).
    """

    def __init__(self, status: int, message: Text) -> None:
        super().__init__(status, message)
        self.jupyterhub_message = message  # jupyterhub/handlers/base.py, write_error
