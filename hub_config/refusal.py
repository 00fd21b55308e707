"""A start that will not happen, told in a way that JupyterHub shows to its user."""

from jupyterhub.spawner import SpawnException


class SpawnRefused(SpawnException):  # type: ignore[misc]  # untyped upstream
    """A start that will not happen; ``message`` is for the user, ``errors`` is field by field."""

    def __init__(self, message: str, *, reason: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message, reason=reason)
        self.errors = errors or {}
        # jupyterhub/utils.py format_exception reads this attribute and no other.
        self.jupyterhub_message = message
