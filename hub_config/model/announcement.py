"""What is announced, and the news: the same model for site.yml, for files and for the service."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hub_config.model.fields import FewNames, Line, Strict, Unique, UserName, Walltime, at_most
from hub_config.model.places import DatabaseUrl, Url
from hub_config.model.recurrence import Recent, Repetition, Rule, Window, Zone
from hub_config.model.units import format_walltime
from hub_config.model.words import Article, Day, Moment, Title

Place = Literal["login", "home", "form", "waiting", "lab"]
PLACES: tuple[Place, ...] = ("login", "home", "form", "waiting", "lab")
Severity = Literal["critical", "maintenance", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "maintenance", "warning", "info")
"""The gravest first, as they are shown."""

Closing = Literal["dismiss", "acknowledge", "stay"]

_YEAR = 366 * 86400
_Span = Annotated[Walltime, at_most(_YEAR, format_walltime)]


class Maintenance(Strict):
    """A time in which nothing runs, once or again and again."""

    begins: Annotated[Moment, Recent] = Field(description="when it begins, the first time")
    lasts: _Span = Field(description="how long it takes")
    repeat: Rule | None = Field(None, description="when it comes again, as an RRULE")
    partitions: FewNames = Field((), description="where nothing runs then; left out: all")
    notice: _Span = Field(3 * 86400, description="how long before it is shown")
    zone: Zone | None = Field(
        None,
        description="whose clock repeat follows through summer time, as Europe/Berlin; left out: "
        "that of the machine",
    )

    @property
    def times(self) -> Repetition:
        """Return when it is."""
        return Repetition(self.begins, self.lasts, self.repeat, self.zone)

    @model_validator(mode="after")
    def _comes(self) -> Self:
        self.times.check()
        return self


class _Told(Strict):
    """Something that is told to people."""

    @property
    def id(self) -> str:
        """Return what tells it from others, as long as it says the same."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]


class Announcement(_Told):
    """Something people should know now, shown on top of the pages."""

    severity: Severity = Field("info", description="how grave it is; the gravest stand first")
    title: Title | None = Field(None, description="a few words before the text")
    text: Article = Field(description="what people should know, in Markdown")
    url: Url | None = Field(None, description="where more can be read")
    start: Moment | None = Field(None, description="when it appears; left out: at once")
    end: Moment | None = Field(None, description="when it disappears; left out: never")
    where: Unique[Place] = Field(PLACES, description="on which pages; lab: in JupyterLab")
    groups: FewNames = Field(
        (), description="who sees it: members of these groups; left out: everybody"
    )
    closing: Closing | None = Field(
        None,
        description="dismiss: people can put it away; acknowledge: they have to say that they "
        "have read it before they start a server; stay: it stays. Left out: maintenance and "
        "critical ones stay, others can be put away",
    )
    maintenance: Maintenance | None = Field(
        None, description="a time in which nothing runs, of which the form warns"
    )

    @property
    def rank(self) -> int:
        """Return its place in a list, the gravest first."""
        return SEVERITIES.index(self.severity)

    @property
    def closes(self) -> Closing:
        """Return how people get rid of it."""
        grave = self.severity in ("critical", "maintenance")
        return self.closing or ("stay" if grave else "dismiss")

    def windows(self, now: datetime) -> tuple[Window, ...]:
        """Return its maintenance that goes on or is to come; none unless it is announced *now*."""
        if self.maintenance is None or not self._announced(now):
            return ()
        found = self.maintenance.times.windows(now)
        return tuple(one for one in found if self.end is None or one.begin < self.end)

    def occurrence(self, now: datetime) -> Window | None:
        """Return the maintenance that goes on, or of which people are told ahead."""
        if self.maintenance is None:
            return None
        ahead = now + timedelta(seconds=self.maintenance.notice)
        return next((one for one in self.windows(now) if one.begin <= ahead), None)

    def shown(self, now: datetime) -> bool:
        """Return whether people should see it at *now*."""
        if self.maintenance is None:
            return self._announced(now)
        return self.occurrence(now) is not None

    def _announced(self, now: datetime) -> bool:
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.end <= self.start:
            raise ValueError("ends before it starts — write an end after its start")
        return self


class News(_Told):
    """An entry of the list beside the login form."""

    date: Day = Field(description="the day it became true; the newest stand first")
    title: Title = Field(description="what is new, in a few words")
    text: Article | None = Field(None, description="a few sentences more, in Markdown")
    url: Url | None = Field(None, description="where all of it can be read")


WRITE = "custom:announcements:write"
"""The scope of who may announce; with ``!group=climate`` to the members of that group alone."""


class Writers(Strict):
    """People, by name or by the groups they are in."""

    users: Unique[UserName] = Field((), description="their names")
    groups: Unique[Line] = Field((), description="groups whose members are meant")


class Announcing(Strict):
    """Who may announce. Admins may, and nobody else who is not named here."""

    editors: Writers = Field(Writers(), description="who may announce to everybody")
    group_editors: dict[Line, Unique[UserName]] = Field(
        default_factory=dict, description="by group: who may announce to its members alone"
    )
    database: DatabaseUrl = Field(
        "", description="SQLAlchemy URL; left out: SQLite in the folder of the service"
    )
