"""What the home page tells of one user's servers: those that live, and how the others ended.

Everything comes from memory (the last snapshot of the queue, the spawners) and from two indexed
look-ups in the hub's database, so a page costs the same however many servers other users have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from hub_config.cluster.ledger import DAY, Entry
from hub_config.form.answers import shown
from hub_config.model.profiles import ADVANCED
from hub_config.model.resolve import lasting
from hub_config.runtime import Runtime
from hub_config.said import said
from hub_config.schedulers.base import Job, Phase
from hub_config.spawner import BerthSpawner
from hub_config.yaml12 import BadConfig

SOON = timedelta(minutes=15)
"""What is left of a job when the page begins to warn."""

STARTING, RUNNING, STOPPING, BUSY = "starting", "running", "stopping", "busy"
_WORDS = {
    STARTING: said("Starting"),
    RUNNING: said("Running"),
    STOPPING: said("Stopping"),
    BUSY: said("Busy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """A server whose job may live. ``ends`` in UTC; None: it has not begun, or nobody knows."""

    name: str
    title: str
    state: str
    profile: str = ""
    partition: str = ""
    node: str = ""
    ends: datetime | None = None
    left: timedelta | None = None

    @property
    def word(self) -> str:
        """The state, for people."""
        return _WORDS[self.state]

    @property
    def soon(self) -> bool:
        """Whether its time is nearly over."""
        return self.left is not None and timedelta() < self.left < SOON

    @property
    def time_left(self) -> str:
        """What is left of its time, for people; empty: not known. home.js says the same."""
        return time_left(self.left) if self.left is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A server that does not run. ``options`` start it again; none: nobody knows them.

    ``why`` is empty if it was never started, or that is too long ago; ``surprise``: it was not the
    user who wanted its end.
    """

    name: str
    title: str
    uuid: str = ""
    profile: str = ""
    ended: datetime | None = None
    why: str = ""
    surprise: bool = False
    log: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """What fills the form in with the options, behind its address."""
        answers = {f"opt-{name}": value for name, value in lasting(self.options).items()}
        return f"?{urlencode(answers, quote_via=quote)}" if answers else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """All servers of one user. ``limit``: how many may have a name; 0: as many as you like."""

    living: tuple[Living, ...] = ()
    past: tuple[Past, ...] = ()
    named: frozenset[str] = frozenset()
    limit: int = 0

    @property
    def full(self) -> bool:
        """Whether there may be no other name."""
        return 0 < self.limit <= len(self.named)

    @property
    def changing(self) -> bool:
        """Whether the page will soon be out of date by itself."""
        return any(server.state != RUNNING for server in self.living)

    @property
    def stopping(self) -> bool:
        """Whether the scheduler has yet to say that a server is gone."""
        return any(server.state == STOPPING for server in self.living)

    def may_start(self, name: str) -> bool:
        """Return whether there is room for a server of this name."""
        return not name or name in self.named or not self.full


def servers(user: Any, runtime: Runtime, limit: int, now: datetime) -> Servers:
    """Return the servers of a JupyterHub *user* as they are *now* (UTC)."""
    titles = _profile_titles(runtime)
    rows = {spawner.name: spawner for spawner in user.all_spawners()}
    living = {name: child for name, child in rows.items() if lives(child)}
    return Servers(
        living=tuple(_living(spawner, titles, now) for spawner in living.values()),
        past=tuple(_past(user, runtime, rows.keys() - living.keys(), titles)),
        named=frozenset(filter(None, rows)),
        limit=limit,
    )


def lives(spawner: Any) -> bool:
    """Return whether a server is there, or its job not yet provably gone."""
    if not isinstance(spawner, BerthSpawner):  # a row of the database: not since the hub began
        return False
    child = spawner.child_spawner
    return bool(spawner.active or (child is not None and not child.over))


def title(name: str, display_name: str = "") -> str:
    """Return what people call a server."""
    return display_name or name or said("default")


def time_left(left: timedelta) -> str:
    """Say a time as long as *left*."""
    minutes = int(left.total_seconds()) // 60
    if left <= timedelta():
        return said("time is up")
    if minutes < 1:
        return said("less than a minute")
    if minutes < 60:
        return said("{minutes} min", minutes=minutes)
    return said("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def _living(spawner: BerthSpawner, titles: Mapping[str, str], now: datetime) -> Living:
    child = spawner.child_spawner
    job = child.job if child else None
    request = (child.request if child else None) or spawner.request
    ends = _end(job, request.walltime if request else 0)
    return Living(
        name=spawner.name,
        title=title(spawner.name, spawner.orm_spawner.display_name),
        state=_state(spawner),
        profile=_profile(titles, request.profile if request else ""),
        partition=(job and job.partition) or (request.partition if request else ""),
        node=job.host if job and job.phase is not Phase.PENDING else "",
        ends=ends,
        left=ends - now if ends else None,
    )


def _state(spawner: BerthSpawner) -> str:
    if spawner.pending == "spawn":
        return STARTING
    # A cancelled start is not pending for a moment; its job is still there.
    if spawner.pending == "stop" or not spawner.active:
        return STOPPING
    return BUSY if spawner.pending else RUNNING


def _end(job: Job | None, walltime: int) -> datetime | None:
    """Return when the scheduler will end a job that runs."""
    if job is None or job.phase is not Phase.RUNNING:
        return None
    if end := moment(job.end):
        return end
    start = moment(job.start)
    return start + timedelta(seconds=walltime) if start and walltime else None


def moment(text: str) -> datetime | None:
    """Return a time of the scheduler's clock, which goes as that of this machine, in UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def since(owner: Any) -> float:
    """Return when the account was made, in epoch seconds: a name may have had another owner."""
    return float(owner.orm_user.created.replace(tzinfo=UTC).timestamp())


def _past(
    user: Any, runtime: Runtime, names: set[str], titles: Mapping[str, str]
) -> Iterator[Past]:
    """Yield how the servers *names* ended, the latest first; then those that nobody remembers."""
    known: dict[str, Entry] = {}
    for entry in runtime.ledger.recent(user.name, DAY):
        if entry.job_id and entry.server in names and entry.created >= since(user):
            known.setdefault(entry.server, entry)
    for name, entry in known.items():
        yield _ended(user.orm_spawners[name], entry, titles)
    for name in sorted(filter(None, names - known.keys())):
        row = user.orm_spawners[name]
        options = shown(row.user_options)
        profile = _profile(titles, options.get("profile", ""))
        yield Past(name=name, title=title(name, row.display_name), profile=profile, options=options)


def _ended(row: Any, entry: Entry, titles: Mapping[str, str]) -> Past:
    return Past(
        name=entry.server,
        title=title(entry.server, row.display_name),
        uuid=entry.uuid,
        profile=_profile(titles, str(entry.request.get("profile", ""))),
        ended=entry.ended_at,
        why=entry.message or said("It was stopped."),
        surprise=bool(entry.message),
        log=entry.log if entry.message else "",
        options=shown(row.user_options),
    )


def _profile_titles(runtime: Runtime) -> Mapping[str, str]:
    try:
        presets = runtime.profiles.current().presets
    except BadConfig:
        presets = ()
    return {preset.id: preset.title for preset in presets} | {ADVANCED: said("Advanced")}


def _profile(titles: Mapping[str, str], profile: str) -> str:
    """Return the title of a profile; of one that is gone, its name."""
    return titles.get(profile, profile)
