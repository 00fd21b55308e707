"""How figures are shown: names, times, the data of the chart, JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from hub_config import i18n
from hub_config.model.told import Told
from hub_config.said import said
from services.usage.figures import Chart, Figures
from services.usage.spans import Span
from services.usage.words import failure


def names_of(told: Told) -> Mapping[str, str]:
    """Return what people call the applications."""
    return {name: application.title for name, application in told.applications.items()}


def time_zone(zone: tzinfo | None) -> str:
    """Return the name of the time that days begin by."""
    return datetime.now(zone).astimezone(zone).tzname() or "UTC"


def seconds(value: float) -> str:
    """Return a time of waiting: "4.2 s", "3:05 min", "2:10 h"."""
    if value < 60:
        return f"{format_decimal(value, '0.0', locale=i18n.current())} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"


def number(value: int) -> str:
    """Return a number with its thousands apart."""
    return format_decimal(value, locale=i18n.current())


def moment(value: datetime) -> str:
    """Return a time of a day, in the time zone that *value* has."""
    return format_datetime(value, "medium", tzinfo=value.tzinfo, locale=i18n.current())


def heading(span: Span) -> str:
    """Return what a span is called."""
    if span.kind == "year":
        return str(span.first.year)
    if span.kind == "month":
        return format_date(span.first, "LLLL yyyy", locale=i18n.current())
    first, last = (
        format_date(day, "medium", locale=i18n.current()) for day in (span.first, span.last)
    )
    title: str = i18n.say(
        said("Week {number}: {first} to {last}", number=span.number, first=first, last=last)
    )
    return title


def part_name(part: Span) -> str:
    """Return a day ("Mon 16") or a month ("Nov") as a chart has it below its columns."""
    words = "LLL" if part.kind == "month" else "EEE d"
    return format_date(part.first, words, locale=i18n.current())


def chart_data(chart: Chart, told: Told) -> dict[str, Any]:
    """Return what the page's script draws, in the language of the page."""
    titles = names_of(told)
    return {
        "parts": [part_name(part) for part in chart.parts],
        "rows": [
            {"name": titles.get(name, name), "starts": starts}
            for name, starts in chart.rows.items()
        ],
    }


def as_json(found: Figures, told: Told, as_of: datetime | None, zone: str) -> dict[str, Any]:
    """Return the figures as the REST API tells them, in English."""
    titles = names_of(told)
    answer = {
        "span": str(found.span),
        "kind": found.span.kind,
        "first": found.span.first.isoformat(),
        "last": found.span.last.isoformat(),
        "time_zone": zone,
        "as_of": as_of.isoformat(timespec="seconds") if as_of else None,
        **{name: getattr(found.total, name) for name in ("starts", "ready", "failed")},
        **{f"{by}s": [asdict(line) for line in lines] for by, lines in found.by.items()},
        "titles": dict(titles),
        "parts": {
            name: dict(zip(map(str, found.chart.parts), starts, strict=True))
            for name, starts in found.chart.rows.items()
        },
        "waiting": [asdict(wait) for wait in found.waits],
        "failures": [asdict(one) | {"words": str(failure(one.outcome))} for one in found.failures],
        "now": asdict(found.now),
    }
    if found.people is not None:
        answer["users"] = [asdict(person) for person in found.people]
    return answer
