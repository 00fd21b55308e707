"""Moments and spans of time as people read them; the clock is the hub's."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_datetime

from hub_config.said import Text, given

_OTHER_DAY = {"en": "d MMM, HH:mm", "de": "d. MMM, HH:mm"}


def clock(moment: float, now: float) -> Text:
    """Return ``14:05``, or ``22 Nov, 14:05`` if that is not today; both in epoch seconds."""
    return _clock(moment, datetime.fromtimestamp(now).date())


@lru_cache(maxsize=200)
def _clock(moment: float, today: date) -> Text:
    then = datetime.fromtimestamp(moment)
    if then.date() == today:
        return Text(f"{then:%H:%M}")
    return given(
        {lang: format_datetime(then, pattern, locale=lang) for lang, pattern in _OTHER_DAY.items()}
    )


def span(seconds: int) -> str:
    """Return ``5:30``, hours and minutes."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"
