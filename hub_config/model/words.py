"""What operators write for people to read: in one language, or in each that the pages speak.

``text: Maintenance on Tuesday`` is shown as it stands to everybody; ``text: {en: …, de: …}`` to
everybody in their language. It is shown as text, never as HTML.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from hub_config.said import Given, given

_Date = TypeVar("_Date", bound=date)

LANGUAGES = ("en", "de")
"""Those that every text of ours is there in; the first is what the sources are written in."""

FIRST, LAST = 1970, 2999
"""Years of what is written: beyond them are slips, and times that cannot be counted with."""

_KNOWN = " or ".join(LANGUAGES)


def _words(longest: int, lines: bool = False) -> tuple[PlainValidator, Any, Any]:
    """Return what makes a ``str`` a text of at most *longest* characters in each language."""

    def read(value: Any) -> str:
        if not isinstance(value, dict):
            return _text(value, longest, lines)
        if not value:
            raise ValueError(f"is empty — write a text, or one for {_KNOWN}")
        for language in value:
            if language not in LANGUAGES:
                raise ValueError(f'"{language}" is no language of the pages — write {_KNOWN}')
        return given({name: _text(text, longest, lines) for name, text in value.items()})

    one: dict[str, Any] = {"type": "string", "maxLength": longest}
    one["pattern"] = r"\S" if lines else r"^[^\n]*\S[^\n]*$"
    many = {
        "type": "object",
        "properties": dict.fromkeys(LANGUAGES, one),
        "additionalProperties": False,
        "minProperties": 1,
    }
    return (
        PlainValidator(read),
        PlainSerializer(_written, when_used="json"),
        WithJsonSchema({"anyOf": [one, many]}),
    )


def _text(value: Any, longest: int, lines: bool) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is no text — write a text in quotes, or one for {_KNOWN}")
    if not value.strip() or ("\n" in value and not lines):
        raise ValueError(f"is empty{'' if lines else ' or has several lines'} — write some text")
    if len(value) > longest:
        raise ValueError(f"has {len(value)} characters — write at most {longest} characters")
    return value


def _written(value: str) -> str | dict[str, str]:
    return dict(value.languages) if isinstance(value, Given) else value


def _moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = datetime.min
    if moment.tzinfo is None:
        shown = f'"{str(value)[:40]}"'
        cure = "write for example 2026-03-01T08:00+01:00"
        raise ValueError(f"{shown} is no moment with its time zone — {cure}")
    return _near(moment)


def _day(value: Any) -> date:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        shown = f'"{str(value)[:40]}"'
        raise ValueError(f"{shown} is no day — write for example 2026-03-01") from None
    return _near(day)


def _near(value: _Date) -> _Date:
    if not FIRST <= value.year <= LAST:
        raise ValueError(f'"{value}" is too far away — write a year from {FIRST} to {LAST}')
    return value


def _time(read: Callable[[Any], Any], example: str) -> tuple[BeforeValidator, Any]:
    pattern = r"^(19[7-9]|2[0-9]{2})[0-9]-?[0-9W]"
    return BeforeValidator(read), WithJsonSchema(
        {"type": "string", "pattern": pattern, "examples": [example]}
    )


Title = Annotated[str, *_words(60)]
"""A few words on one line."""

Words = Annotated[str, *_words(200)]
"""One line."""

Heading = Annotated[str, *_words(120)]
"""One line that something is called by."""

Sentence = Annotated[str, *_words(400, lines=True)]
"""A sentence or two."""

Passage = Annotated[str, *_words(1000, lines=True)]
"""A few sentences."""

Article = Annotated[str, *_words(4000, lines=True)]
"""A text of some length, in Markdown."""

Moment = Annotated[datetime, *_time(_moment, "2026-03-01T08:00+01:00")]
Day = Annotated[date, *_time(_day, "2026-03-01")]
