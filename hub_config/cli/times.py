"""Moments as people type them: ``tomorrow 08:00`` in the zone of this machine, or ISO 8601."""

import re
from datetime import datetime, timedelta

_DAYS = {"today": 0, "tomorrow": 1}
_WORDS = re.compile(r"(?:(today|tomorrow)\s+)?([0-9]{1,2}):([0-9]{2})", re.IGNORECASE)


def moment(text: str, now: datetime | None = None) -> datetime:
    """Return the moment, always with its zone. Raises ValueError with the cure."""
    now = (now or datetime.now()).astimezone()
    try:
        if match := _WORDS.fullmatch(text.strip()):
            ahead = timedelta(days=_DAYS[(match[1] or "today").lower()])
            clock = now.replace(tzinfo=None, hour=int(match[2]), minute=int(match[3]))
            return _local(clock.replace(second=0, microsecond=0) + ahead)
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        cure = 'write for example 2026-12-01T08:00+01:00, "2026-12-01 08:00" or "tomorrow 08:00"'
        raise ValueError(f'"{text[:40]}" is no time — {cure}') from None
    return found if found.tzinfo else _local(found)


def _local(clock: datetime) -> datetime:
    """Return what this machine's clocks show as *clock*, with the offset of that very day."""
    return clock.astimezone()
