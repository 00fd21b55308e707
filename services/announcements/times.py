"""When something is shown, in which state that is now, and how its repetition reads."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub_config.model.announcement import Announcement, Maintenance, News
from hub_config.said import Text, said
from services.announcements.entry import Body, Entry, State

log = logging.getLogger("berth.announcements")


@dataclass(frozen=True, slots=True)
class Shown:
    """From when to when people see it; None: since ever, for ever."""

    begin: datetime | None
    end: datetime | None


def state(entry: Entry, now: datetime) -> State:
    """Return what has become of it by *now*; what cannot be counted with is past."""
    try:
        return _state(entry, now)
    except Exception as error:  # one that is broken hides no other
        _say_once(entry.id, entry.revision, str(error))
        return "past"


@lru_cache(maxsize=1000)
def _say_once(id_: str, revision: int, error: str) -> None:
    log.error("Announcement %s, version %d, is not shown: %s", id_, revision, error)


def _state(entry: Entry, now: datetime) -> State:
    if entry.withdrawn:
        return "withdrawn"
    if entry.draft:
        return "draft"
    if isinstance(entry.body, News):
        return "shown" if entry.body.date <= now.astimezone().date() else "coming"
    if entry.body.shown(now):
        return "shown"
    return "coming" if next(appearances(entry.body, now), None) else "past"


def appearances(body: Body, now: datetime) -> Iterator[Shown]:
    """Yield when it is shown from *now* on; of what comes again, the next few times."""
    if isinstance(body, News):
        yield Shown(datetime.combine(body.date, datetime.min.time()).astimezone(), None)
        return
    at = max(now, body.start or now)
    if body.end and body.end <= at:
        return
    if body.maintenance is None:
        yield Shown(body.start, body.end)
        return
    ahead = timedelta(seconds=body.maintenance.notice)
    for window in body.windows(at):
        begin = max(window.begin - ahead, body.start or window.begin - ahead)
        yield Shown(begin, min(window.end, body.end or window.end))


def zone(moment: datetime) -> str:
    """Return what the clock of this machine is called then: ``CET (UTC+01:00)``, or ``UTC``."""
    here = moment.astimezone()
    name, offset = here.tzname() or "", here.strftime("%z")
    return name if name == "UTC" else f"{name} (UTC{offset[:3]}:{offset[3:5]})"


def warnings(body: Body, now: datetime) -> list[Text]:
    """Return what its writer may not have meant."""
    found: list[Text] = []
    if next(appearances(body, now), None) is None:
        found.append(said("It ends in the past: nobody will see it."))
    if isinstance(body, Announcement):
        if body.groups and "login" in body.where:
            found.append(said("The login page shows nothing that is for some groups only."))
        if body.severity == "maintenance" and body.maintenance is None:
            found.append(said("No maintenance window is set: the form does not warn of this."))
    return found


_DAYS = (
    said("Monday"), said("Tuesday"), said("Wednesday"), said("Thursday"),
    said("Friday"), said("Saturday"), said("Sunday"),
)  # fmt: skip
_NTH = (said("first"), said("second"), said("third"), said("fourth"), said("fifth"))
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

REPEATS: dict[str, Text] = {
    "": said("It does not come again"),
    "daily": said("Every day"),
    "weekly": said("Every week, on the same weekday"),
    "weekday": said("Every month, on the same weekday, as on the second Tuesday"),
    "monthly": said("Every month, on the same day"),
    "other": said("By a rule of its own"),
}
"""What the form offers."""


def rule(repeat: str, begins: datetime, other: str, place: str | None = None) -> str:
    """Return the RRULE for what was chosen of REPEATS, by the clock of *place*; "" for none."""
    here = _wall(begins, place)
    code = _CODES[here.weekday()]
    return {
        "daily": "FREQ=DAILY",
        "weekly": f"FREQ=WEEKLY;BYDAY={code}",
        "weekday": f"FREQ=MONTHLY;BYDAY={(here.day - 1) // 7 + 1}{code}",
        "monthly": f"FREQ=MONTHLY;BYMONTHDAY={here.day}",
        "other": other,
    }.get(repeat, "")


def _wall(begins: datetime, place: str | None) -> datetime:
    """Return when that is on the clock of *place*, else on that of this machine."""
    return begins.astimezone(ZoneInfo(place) if place else None)


def chosen(times: Maintenance) -> str:
    """Return which of REPEATS makes the rule of *times*."""
    if not times.repeat:
        return ""
    names = ("daily", "weekly", "weekday", "monthly")
    made = ((name, rule(name, times.begins, "", times.zone)) for name in names)
    return next((name for name, one in made if one == times.repeat), "other")


def in_words(times: Maintenance) -> Text:
    """Return how often it comes: ``every month, second Tuesday 03:26``, and on whose clock."""
    place = times.zone if times.repeat else None
    here = _wall(times.begins, place)
    day, clock = _DAYS[here.weekday()], " ".join(filter(None, (here.strftime("%H:%M"), place)))
    match chosen(times):
        case "":
            return said("once, {date} {time}", date=here.strftime("%Y-%m-%d"), time=clock)
        case "daily":
            return said("every day, {time}", time=clock)
        case "weekly":
            return said("every week, {day} {time}", day=day, time=clock)
        case "weekday":
            nth = _NTH[(here.day - 1) // 7]
            return said("every month, {nth} {day} {time}", nth=nth, day=day, time=clock)
        case "monthly":
            return said("every month, on day {day} {time}", day=here.day, time=clock)
    return said("by the rule {rule}, {time}", rule=times.repeat, time=clock)
