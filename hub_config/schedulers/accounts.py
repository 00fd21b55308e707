"""What a scheduler tells of accounts: who may charge which, budgets, and what was used of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Enforced = Literal["no", "limits", "safe"]
"""What is done about budgets (``model.budget``, which stands above the agent's floor)."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One account a user may charge; ``partition`` empty: on all; ``qos``: allowed QOS names."""

    account: str
    partition: str = ""
    qos: tuple[str, ...] = ()
    default_qos: str = ""
    default: bool = False
    """Whether it is the user's default account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A row of the tree of accounts: an account, or (with ``user``) a user's part of it.

    ``limits``, ``used`` and ``running`` are minutes by thing (``cpu``, ``gres/gpu``, …); the last
    are what running jobs have been promised. ``above`` are the accounts above, the next first.
    """

    account: str
    user: str = ""
    partition: str = ""
    above: tuple[str, ...] = ()
    factor: float | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    running: Mapping[str, int] = field(default_factory=dict)
