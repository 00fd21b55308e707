"""Everything that is announced, wherever it comes from."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from hub_config.announcements import reservations
from hub_config.announcements.notice import Closing, Notice, at, closings, noticed
from hub_config.announcements.published import Answer
from hub_config.announcements.reservations import Reserved
from hub_config.model.announcement import Announcement, News

Clock = Callable[[], datetime]
NOBODY: frozenset[str] = frozenset()


def utc_now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


class Announced:
    """What site.yml, the service and the scheduler announce.

    *published* tells what the service said last, *reserved* the scheduler's maintenance: both at
    once, without asking anybody. ``clock`` is what all times are compared with.
    """

    def __init__(
        self,
        listed: Sequence[Announcement] = (),
        news: Sequence[News] = (),
        *,
        published: Callable[[], Answer] = Answer,
        reserved: Callable[[], Sequence[Reserved]] = tuple,
        clock: Clock = utc_now,
    ) -> None:
        self._listed, self._news = tuple(listed), tuple(news)
        self.published, self.reserved, self.clock = published, reserved, clock

    def current(self, where: str, groups: frozenset[str] = NOBODY) -> tuple[Notice, ...]:
        """Return what members of *groups* see at the place *where* of PLACES, the gravest first."""
        now = self.clock()
        known = [("", one) for one in self._listed] + [*self.published().announcements]
        written = closings([one for _, one in known if at(where, now, NOBODY, one)], now)
        known += reservations.announced(self.reserved(), written, now)
        shown = [noticed(one, now, name) for name, one in known if at(where, now, groups, one)]
        return tuple(sorted(shown, key=lambda notice: notice.place))

    def closings(self) -> tuple[Closing, ...]:
        """Return the maintenance that is announced to everybody, by its begin."""
        told = (one for _, one in self.published().announcements)
        return closings([*self._listed, *told], self.clock())

    def news(self, most: int) -> tuple[News, ...]:
        """Return the news, the newest first, as many as are asked for."""
        every = [*self._news, *self.published().news]
        return tuple(sorted(every, key=lambda news: news.date, reverse=True)[:most])

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what keeps the service from announcing something, for admins."""
        return self.published().problems
