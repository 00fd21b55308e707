"""What every scheduler can do, in values that belong to none of them.

A scheduler builds commands and reads replies; it never runs anything. The agent builds and
runs the commands, the hub reads the replies. Standard library only.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePosixPath

from hub_config.model.request import JobRequest
from hub_config.schedulers.accounts import Enforced as Enforced
from hub_config.schedulers.accounts import Membership as Membership
from hub_config.schedulers.accounts import Share as Share

JOB_NAME = "berth"
"""The name of every job of ours: one exact match finds them all in one query."""


@dataclass(frozen=True, slots=True)
class Command:
    """An argv with an absolute first element, and what the process reads from stdin."""

    argv: tuple[str, ...]
    stdin: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command left behind: exit code, standard output and standard error."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request on its way to the queue. ``uuid`` is 32 hex digits, chosen before submitting."""

    request: JobRequest
    uuid: str
    server: str = ""
    """Name of the server; empty: the user's default one."""
    home: PurePosixPath
    launcher: PurePosixPath
    spawn_file: PurePosixPath


class Phase(Enum):
    """Where a job stands, as far as a server cares."""

    PENDING = "pending"
    RUNNING = "running"
    ENDING = "ending"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as the scheduler reports it. ``state`` and ``reason`` are the scheduler's words."""

    job_id: str
    uuid: str
    user: str
    phase: Phase
    state: str
    server: str = ""
    port: int = 0
    """Where its server listens, once it was noted; 0: not yet."""
    host: str = ""
    partition: str = ""
    reason: str = ""
    stuck: bool = False
    """Whether it waits for something that does not come by itself, an error for example."""
    start: str = ""
    """Start, or expected start while pending, ``YYYY-MM-DDTHH:MM:SS``; empty: not known."""
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a job ended, in the words of the accounting; ``by``: the user who cancelled it."""

    job_id: str
    state: str
    reason: str = ""
    exit_code: str = ""
    """``code:signal``, as in ``1:0``."""
    by: str = ""
    host: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A pending job among the *waiting* ones of its partition; position 1 is next."""

    position: int
    waiting: int
    partition: str = ""
    start: str = ""
    """Expected start; empty: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Nodes set aside. Times in epoch seconds; None: not known. Empty partition: of any."""

    name: str
    start: float | None = None
    end: float | None = None
    nodes: frozenset[str] = frozenset()
    partition: str = ""
    maintenance: bool = False
    users: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition, all its kinds of nodes merged. memory in MiB, max_walltime in seconds.

    ``cores``, ``memory`` and ``gpus`` are what the largest node has; ``max_walltime`` None
    means unlimited. ``gpus`` maps a GPU type ("" for untyped) to its number on one node.
    ``node_states`` counts nodes by the scheduler's word; idle and total are over all nodes.
    """

    name: str
    up: bool
    max_walltime: int | None
    nodes: int
    idle_nodes: int
    cores: int
    memory: int
    gpus: Mapping[str, int] = field(default_factory=dict)
    gpus_known: bool = True
    """False: the scheduler does not tell how many GPUs a node has."""
    features: frozenset[str] = frozenset()
    node_states: Mapping[str, int] = field(default_factory=dict)
    idle_cores: int = 0
    total_cores: int = 0
    idle_gpus: Mapping[str, int] = field(default_factory=dict)
    total_gpus: Mapping[str, int] = field(default_factory=dict)
    closed: str = ""
    """Why no job can start (down, drain, inactive, …); empty: it is open."""
    hosts: frozenset[str] = frozenset()
    """The names of its nodes; empty: not known."""


class SchedulerError(Exception):
    """The scheduler did not do it; the text is its own words."""


class Refused(SchedulerError):
    """The scheduler understood and said no (its words): trying again changes nothing."""


class Unanswered(SchedulerError):
    """No usable answer: nothing is known, the last known state stays."""


def log_path(home: PurePosixPath, log_name: str, job_id: str) -> PurePosixPath:
    """Return where the output of a job goes, whichever scheduler runs it."""
    return home / f"{log_name or JOB_NAME}_{job_id}.log"


class Scheduler(ABC):
    """Commands out, replies in. ``bin_dir`` is the absolute folder of the scheduler's tools.

    ``resources`` are the site's own names of what jobs ask for, where the scheduler has none.
    A command that is None is something this scheduler does not have.
    """

    def __init__(
        self, bin_dir: str = "/usr/bin", resources: Mapping[str, str] | None = None
    ) -> None:
        self.bin = PurePosixPath(bin_dir)
        self.resources = resources or {}

    @abstractmethod
    def submit(self, submission: Submission, *, dry_run: bool = False) -> Command:
        """Return the command that queues the job; *dry_run*: that only asks whether it could."""

    @abstractmethod
    def read_submit(self, reply: Reply) -> str:
        """Return the job id, "" after a dry run. Raises Refused or Unanswered (perhaps queued)."""

    @abstractmethod
    def read_estimate(self, reply: Reply) -> str:
        """Return the expected start that a dry run told, "" if none. Raises as read_submit does."""

    @abstractmethod
    def log_file(self, submission: Submission) -> str:
        """Return ``log_path`` as the submit command takes it, its word for the id in it."""

    @abstractmethod
    def jobs(self) -> Command:
        """Return the one query for all jobs of ours, those the scheduler calls ended included."""

    @abstractmethod
    def read_jobs(self, reply: Reply) -> dict[str, Job]:
        """Return jobs by id. Raises Unanswered unless the reply is provably complete."""

    @abstractmethod
    def cancel(self, job_id: str, uuid: str) -> Command | None:
        """Return the command that ends a job (run as its owner); None: not without its id."""

    @abstractmethod
    def read_cancel(self, reply: Reply) -> None:
        """Return if the job is being ended or no longer exists. Raises Refused or Unanswered."""

    @abstractmethod
    def note(self, job_id: str, uuid: str, server: str, port: int) -> Command | None:
        """Return the command that writes the server's port beside its job (run as its owner)."""

    @abstractmethod
    def read_note(self, reply: Reply) -> None:
        """Return if it is written. Raises Refused or Unanswered."""

    @abstractmethod
    def endings(self, job_ids: tuple[str, ...]) -> Command | None:
        """Return the question to the accounting how jobs ended."""

    @abstractmethod
    def read_endings(self, reply: Reply) -> dict[str, Ending]:
        """Return endings by job id; a job that has not ended has none. Raises Unanswered."""

    @abstractmethod
    def queue(self) -> Command | None:
        """Return the query for all pending jobs, those of others included."""

    @abstractmethod
    def read_queue(self, reply: Reply) -> dict[str, Place]:
        """Return the places of pending jobs by id. Raises Unanswered."""

    @abstractmethod
    def partitions(self) -> Command:
        """Return the query for all partitions."""

    @abstractmethod
    def read_partitions(self, reply: Reply) -> dict[str, Partition]:
        """Return partitions by name. Raises Unanswered."""

    @abstractmethod
    def memberships(self, user: str) -> Command | None:
        """Return the query for the accounts of *user*."""

    def more_memberships(self, reply: Reply) -> Command | None:
        """Return the query that an answer about accounts leads to; None: it was the last."""
        return None

    @abstractmethod
    def read_memberships(self, reply: Reply, user: str = "") -> tuple[Membership, ...]:
        """Return the accounts of *user* from the last answer, perhaps none. Raises Unanswered."""

    def shares(self, user: str) -> Command | None:
        """Return the query for what the accounts of *user* may use and have used."""
        return None

    def read_shares(self, reply: Reply) -> tuple[Share, ...]:
        """Return the user's part of accounts, these and those above them. Raises Unanswered."""
        return ()

    def enforcement(self) -> Command | None:
        """Return the query for what is done about budgets."""
        return None

    def read_enforcement(self, reply: Reply) -> Enforced:
        """Return it. Raises Unanswered."""
        return "no"

    @abstractmethod
    def reservations(self) -> Command | None:
        """Return the query for reservations."""

    @abstractmethod
    def read_reservations(self, reply: Reply) -> tuple[Reservation, ...]:
        """Return active and coming reservations. Raises Unanswered."""
