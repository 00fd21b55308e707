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
    host: str = ""
    partition: str = ""
    reason: str = ""
    start: str = ""
    """Start, or expected start while pending, ``YYYY-MM-DDTHH:MM:SS``; empty: not known."""
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition, all its kinds of nodes merged. memory in MiB, max_walltime in seconds.

    ``cores``, ``memory`` and ``gpus`` are what the largest node has; ``max_walltime`` None
    means unlimited. ``gpus`` maps a GPU type ("" for untyped) to its number on one node.
    """

    name: str
    up: bool
    max_walltime: int | None
    nodes: int
    idle_nodes: int
    cores: int
    memory: int
    gpus: Mapping[str, int] = field(default_factory=dict)
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Membership:
    """One account a user may charge; ``partition`` empty: on all; ``qos``: allowed QOS names."""

    account: str
    partition: str = ""
    qos: tuple[str, ...] = ()


class SchedulerError(Exception):
    """The scheduler did not do it; the text is its own words."""


class Refused(SchedulerError):
    """The scheduler understood and said no (its words): trying again changes nothing."""


class Unanswered(SchedulerError):
    """No usable answer: nothing is known, the last known state stays."""


class Scheduler(ABC):
    """Commands out, replies in. ``bin_dir`` is the absolute folder of the scheduler's tools."""

    def __init__(self, bin_dir: str = "/usr/bin") -> None:
        self.bin = PurePosixPath(bin_dir)

    @abstractmethod
    def submit(self, submission: Submission, *, dry_run: bool = False) -> Command:
        """Return the command that queues the job; *dry_run*: that only asks whether it could."""

    @abstractmethod
    def read_submit(self, reply: Reply) -> str:
        """Return the job id, "" after a dry run. Raises Refused or Unanswered (perhaps queued)."""

    @abstractmethod
    def jobs(self) -> Command:
        """Return the one query for all jobs named JOB_NAME, the recently ended included."""

    @abstractmethod
    def read_jobs(self, reply: Reply) -> dict[str, Job]:
        """Return jobs by id. Raises Unanswered unless the reply is provably complete."""

    @abstractmethod
    def cancel(self, job_id: str) -> Command:
        """Return the command that ends a job (run as its owner)."""

    @abstractmethod
    def read_cancel(self, reply: Reply) -> None:
        """Return if the job is being ended or no longer exists. Raises Refused or Unanswered."""

    @abstractmethod
    def partitions(self) -> Command:
        """Return the query for all partitions."""

    @abstractmethod
    def read_partitions(self, reply: Reply) -> dict[str, Partition]:
        """Return partitions by name. Raises Unanswered."""

    @abstractmethod
    def memberships(self, user: str) -> Command | None:
        """Return the query for the accounts of *user*; None: this scheduler has no accounts."""

    @abstractmethod
    def read_memberships(self, reply: Reply) -> tuple[Membership, ...]:
        """Return the accounts, none if the user has none. Raises Unanswered."""

    @abstractmethod
    def reservations(self) -> Command | None:
        """Return the query for reservations; None: this scheduler has none."""

    @abstractmethod
    def read_reservations(self, reply: Reply) -> tuple[str, ...]:
        """Return the names of active and coming reservations. Raises Unanswered."""
