"""The form of the page: what is in its fields becomes what the API reads, and comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hub_config.model.announcement import PLACES, Maintenance, News
from hub_config.model.recurrence import is_zone
from hub_config.model.units import format_walltime
from hub_config.model.words import LANGUAGES
from hub_config.said import Given, said
from services.announcements.entry import Body, Kind
from services.announcements.times import chosen, rule
from services.announcements.written import Written, Wrong, read

Values = Mapping[str, Any]

_ERRORS = {
    "title": "title_en", "text": "text_en", "": "end", "maintenance": "m_repeat",
    "maintenance.begins": "m_begins", "maintenance.lasts": "m_lasts",
    "maintenance.repeat": "m_repeat", "maintenance.partitions": "m_partitions",
    "maintenance.notice": "m_notice", "maintenance.zone": "m_zone",
}  # fmt: skip
"""Where the model's complaints are shown."""
_LISTS = ("where", "groups")
_NOTICE = "3d"


@dataclass(slots=True)
class Filled:
    """A form as somebody has sent it; ``written`` is None while there are ``errors``."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    written: Written | None = None


def empty(kind: Kind, groups: Sequence[str] = ()) -> Values:
    """Return the values of a new form; *groups* are chosen from the beginning."""
    today = datetime.now().astimezone().date().isoformat()
    return {
        "kind": kind, "severity": "info", "where": list(PLACES), "groups": list(groups),
        "date": today, "m_notice": _NOTICE,
    }  # fmt: skip


def of(body: Body) -> Values:
    """Return the values for a form that changes *body*."""
    values: dict[str, Any] = {"url": body.url or "", **_languages("text", body.text)}
    values |= _languages("title", body.title)
    if isinstance(body, News):
        return {**values, "kind": "news", "date": body.date.isoformat()}
    values |= {"kind": "announcement", "severity": body.severity, "closing": body.closing or ""}
    values |= {"start": _local(body.start), "end": _local(body.end)}
    values |= {"where": list(body.where), "groups": list(body.groups), "m_notice": _NOTICE}
    return values | (_maintenance(body.maintenance) if body.maintenance else {})


def fill(arguments: Mapping[str, Sequence[str]], *, draft: bool) -> Filled:
    """Return what was sent, and what it says."""
    values: dict[str, Any] = {
        name: [text.strip() for text in texts] if name in _LISTS else texts[-1].strip()
        for name, texts in arguments.items()
        if texts
    }
    values.setdefault("kind", "announcement")
    filled = Filled({**{name: [] for name in _LISTS}, **values})
    data = _news(filled) if values["kind"] == "news" else _announcement(filled)
    try:
        written = read({"kind": values["kind"], "draft": draft, **data})
    except Wrong as error:
        for name, text in error.fields.items():
            filled.errors.setdefault(_place(name), text)
    else:
        filled.written = None if filled.errors else written
    return filled


def _place(name: str) -> str:
    """Return the field at which a complaint about *name*, a path in the model, is shown."""
    while name not in _ERRORS and "." in name:
        name = name.rpartition(".")[0]
    return _ERRORS.get(name, name)


def _news(filled: Filled) -> dict[str, Any]:
    data = _words(filled)
    if when := filled.values.get("date"):
        try:
            data["date"] = date.fromisoformat(when).isoformat()
        except ValueError:
            filled.errors["date"] = said("Write a day, as 2026-03-01.")
    return data


def _announcement(filled: Filled) -> dict[str, Any]:
    values, data = filled.values, _words(filled)
    data |= {name: values[name] for name in ("severity", "closing") if values.get(name)}
    data |= {name: moment for name in ("start", "end") if (moment := _moment(filled, name))}
    more = values.get("groups_more", "").split(",")
    groups = [*values["groups"], *(name.strip() for name in more)]
    data["groups"] = list(dict.fromkeys(name for name in groups if name))
    data["where"] = values["where"]
    if not values["where"]:
        filled.errors["where"] = said("Choose at least one place.")
    if values.get("m_on"):
        data["maintenance"] = _window(filled)
    return data


def _window(filled: Filled) -> dict[str, Any]:
    values, begins = filled.values, _moment(filled, "m_begins")
    if not values.get("m_begins"):
        filled.errors["m_begins"] = said("Write when it begins.")
    if not values.get("m_lasts"):
        filled.errors["m_lasts"] = said("Write how long it takes, as 4h or 30m.")
    names = (name.strip() for name in values.get("m_partitions", "").split(","))
    data: dict[str, Any] = {
        "begins": begins, "lasts": values.get("m_lasts") or "1h",
        "partitions": list(filter(None, names)), "notice": values.get("m_notice") or _NOTICE,
    }  # fmt: skip
    repeat, other = values.get("m_repeat", ""), values.get("m_rule", "").removeprefix("RRULE:")
    if zone := values.get("m_zone"):
        data["zone"] = zone
    place = zone if zone and is_zone(zone) else None  # the model says of a wrong one that it is
    if begins and (found := rule(repeat, datetime.fromisoformat(begins), other, place)):
        data["repeat"] = found
    return data


def _words(filled: Filled) -> dict[str, Any]:
    """Return title, text and URL: one text for everybody, or one for each language."""
    found: dict[str, Any] = {}
    for name in ("title", "text"):
        each = {lang: filled.values.get(f"{name}_{lang}", "") for lang in LANGUAGES}
        written = {lang: text.replace("\r\n", "\n") for lang, text in each.items() if text}
        if list(written) == [LANGUAGES[0]]:
            found[name] = written[LANGUAGES[0]]
        elif written:
            found[name] = written
    if url := filled.values.get("url"):
        found["url"] = url
    return found


def _moment(filled: Filled, name: str) -> str | None:
    """Return a time of this machine's clock as a moment."""
    text = filled.values.get(name, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone().isoformat()
    except (ValueError, OverflowError):
        filled.errors[name] = said("Write a day and a time, as 2026-03-01 08:00.")
        return None


def _local(moment: datetime | None) -> str:
    """Return a moment for ``<input type="datetime-local">``."""
    return moment.astimezone().strftime("%Y-%m-%dT%H:%M") if moment else ""


def _languages(name: str, text: str | None) -> dict[str, str]:
    each = text.languages if isinstance(text, Given) else {LANGUAGES[0]: text or ""}
    return {f"{name}_{language}": each.get(language, "") for language in LANGUAGES}


def _maintenance(times: Maintenance) -> dict[str, Any]:
    return {
        "m_on": "yes", "m_begins": _local(times.begins), "m_lasts": format_walltime(times.lasts),
        "m_repeat": chosen(times), "m_rule": times.repeat or "", "m_zone": times.zone or "",
        "m_partitions": ", ".join(times.partitions), "m_notice": format_walltime(times.notice),
    }  # fmt: skip
