"""berth-agent: the one privileged door. Typed JSON in, a scheduler's command run, JSON out.

Standard library only, and nothing of Berth above ``schedulers``. What it keeps is in
docs/agent.md.
"""


class Refusal(Exception):
    """The agent will not do it. The sentence is for the caller; it quotes no secret."""


class Failure(Exception):
    """It could not be done, or nobody knows whether it was. The sentence says why."""
