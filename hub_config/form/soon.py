"""When a job would start, as the scheduler expects it, in words."""

from datetime import datetime

from hub_config.form.times import clock
from hub_config.said import said

AT_ONCE, AN_HOUR = 60, 3600


def soon(start: str, now: float) -> str:
    """Return a sentence for ``YYYY-MM-DDTHH:MM:SS`` of the hub's clock; empty: nobody knows."""
    try:
        moment = datetime.fromisoformat(start).timestamp()
    except (ValueError, OverflowError):
        return ""
    left = moment - now
    if left <= AT_ONCE:
        return said("Would start now.")
    if left < AN_HOUR:
        return said("Would start in about {n} min.", n=round(left / 60))
    return said("Would start at about {time}.", time=clock(moment, now))


def never(words: str) -> str:
    """Return what to say where the scheduler said no, in its *words*."""
    return said("The scheduler would refuse this: {words}", words=words)
