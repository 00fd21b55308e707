"""What is announced now, and where: the one door through which pages and JupyterLab ask.

Today it is the list in site.yml. Whatever else may tell it some day has to answer ``current``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from hub_config.model.branding import Announcement


class Announcements(Protocol):
    """Whoever knows what is announced."""

    def current(self, where: str, now: datetime | None = None) -> tuple[Announcement, ...]:
        """Return what is announced at the place *where* of model.branding.PLACES."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """Those of site.yml."""

    listed: Sequence[Announcement] = ()

    def current(self, where: str, now: datetime | None = None) -> tuple[Announcement, ...]:
        """Return what is announced there at *now*, the gravest first."""
        now = now or datetime.now(UTC)
        shown = [one for one in self.listed if where in one.where and _is_on(one, now)]
        return tuple(sorted(shown, key=lambda one: one.rank))


def _is_on(one: Announcement, now: datetime) -> bool:
    return (one.start is None or one.start <= now) and (one.end is None or now < one.end)
