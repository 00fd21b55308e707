"""The ``single_user`` section of site.yml: what every server of a user is told when it starts."""

from pydantic import Field

from hub_config.model.fields import Strict, VariableName, VariableValue, Walltime
from hub_config.model.request import MAX_VARIABLES

IDLE_TIMEOUT = "JUPYTERHUB_IDLE_TIMEOUT"
CULL_CONNECTED = "JUPYTERHUB_IDLE_CULL_CONNECTED"
MEMORY_LIMIT = "JUPYTERHUB_MEMORY_LIMIT"
"""What berth-singleuser reads. Names of the hub: neither a user's script nor a preset sets them."""


class SingleUser(Strict):
    """The servers themselves: when an idle one ends, and variables that all of them have."""

    idle_timeout: Walltime | None = Field(
        None, description="end a server in which nothing has run for so long; left out: never"
    )
    cull_connected: bool = Field(
        False, description="true: an idle notebook that is open in a browser counts as idle, too"
    )
    environment: dict[VariableName, VariableValue] = Field(
        default_factory=dict,
        max_length=MAX_VARIABLES,
        description="environment variables of all servers; a preset's own come on top",
    )

    def idle_variables(self, walltime: int) -> dict[str, str]:
        """Return what tells a server of *walltime* seconds when it is idle.

        A server whose job ends sooner than it could be idle is told nothing.
        """
        if self.idle_timeout is None or self.idle_timeout >= walltime:
            return {}
        connected = "1" if self.cull_connected else ""
        return {IDLE_TIMEOUT: str(self.idle_timeout), CULL_CONNECTED: connected}
