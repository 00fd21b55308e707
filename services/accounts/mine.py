"""What the hub tells its user of their accounts (GET /hub/api/berth/accounts), as typed values."""

from pydantic import BaseModel, ConfigDict, Field


class _Told(BaseModel):
    """A newer hub may tell more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Budget(_Told):
    """A limit on what a project may use, in hours of ``tres``."""

    tres: str
    limit: float
    used: float
    running: float = 0
    remaining: float
    exhausted: bool
    holder: str = ""
    own: bool = False


class Project(_Told):
    """An account of the user, in one partition ("" for all)."""

    account: str
    partition: str = ""
    qos: tuple[str, ...] = ()
    default_qos: str = ""
    default: bool = False
    budgets: tuple[Budget, ...] = ()
    used: dict[str, float] = Field(default_factory=dict)
    own: dict[str, float] = Field(default_factory=dict)
    share: float | None = None
    known: bool = False


class Features(_Told):
    """What the nodes of a partition have: MiB, seconds, GPUs by type."""

    features: tuple[str, ...] = ()
    gpus: dict[str, int] = Field(default_factory=dict)
    nodes: int = 0
    cores: int = 0
    memory: int = 0
    walltime: int | None = None


class Amount(_Told):
    """``used`` by all, ``own`` by the user; without a limit: None."""

    used: int
    own: int
    limit: int | None = None


class Quota(_Told):
    """A volume: ``space`` in KiB, ``files``."""

    path: str
    shared: bool = False
    space: Amount
    files: Amount
    as_of: float | None = None
    stale: bool = False


class Balance(_Told):
    """What is left of a project's ``unit``; ``project`` empty: the user's own."""

    project: str = ""
    project_type: str = ""
    unit: str = ""
    value: float
    as_of: float | None = None
    stale: bool = False


class Mine(_Told):
    """All of it. ``projects`` None: the scheduler has no accounts, or has not answered."""

    user: str
    scheduler: str = ""
    projects: tuple[Project, ...] | None = None
    enforced: str = "no"
    as_of: float | None = None
    stale: bool = True
    features: dict[str, Features] = Field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()
    balances: tuple[Balance, ...] = ()
    problems: tuple[str, ...] = ()
    """What of the files cannot be used; told to admins."""
