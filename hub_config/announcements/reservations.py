"""Maintenance that the scheduler knows of, as announcements: nobody has to write it twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub_config.announcements.notice import Closing, between
from hub_config.model.announcement import Announcement
from hub_config.model.words import FIRST, LAST
from hub_config.said import Text, said, said_n, together

AHEAD = timedelta(days=7)
"""How long before its begin people are told."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation for maintenance: its *name*, and what it closes.

    ``closing`` names the partitions of which it has all nodes; ``whole``: those are all there are.
    """

    name: str
    closing: Closing
    whole: bool

    @property
    def known_as(self) -> str:
        """Return what tells it from others, as long as its times stay."""
        return f"reservation {self.name} {self.closing.start} {self.closing.end}"


def announced(
    reserved: Iterable[Reserved], written: Iterable[Closing], now: datetime
) -> list[tuple[str, Announcement]]:
    """Return an announcement for each that is not over, with what it is known as.

    What somebody has *written* about the same time and place says it better.
    """
    known = tuple(written)
    return [
        (f"{one.known_as} {one.closing.start <= now.timestamp()}", _announcement(one))
        for one in reserved
        if (one.closing.end or now.timestamp() + 1) > now.timestamp()
        and not any(_covers(other, one) for other in known)
    ]


def _covers(written: Closing, reserved: Reserved) -> bool:
    closing = reserved.closing
    meets = (closing.end is None or written.start < closing.end) and (
        written.end is None or closing.start < written.end
    )
    named = set(closing.partitions)
    return meets and (not written.partitions or (bool(named) and named <= {*written.partitions}))


def _announcement(one: Reserved) -> Announcement:
    begin = datetime.fromtimestamp(one.closing.start, UTC)
    end = None if one.closing.end is None else datetime.fromtimestamp(one.closing.end, UTC)
    until = end if end and end.year <= LAST else None
    advice = said("A server that would run into it waits until it is over.")
    return Announcement(
        severity="maintenance",
        title=said("Maintenance"),
        text=together(_sentence(one, between(begin, end)), advice),
        start=begin - AHEAD if begin.year > FIRST else None,
        end=until,
        closing="dismiss",
    )


def _sentence(one: Reserved, times: Text) -> Text:
    names = one.closing.partitions
    if one.whole:
        return said("The whole cluster is closed: {times}.", times=times)
    if not names:
        return said("Some nodes are closed: {times}.", times=times)
    return said_n(
        "The partition {names} is closed: {times}.",
        "The partitions {names} are closed: {times}.",
        len(names), names=", ".join(names), times=times,
    )  # fmt: skip
