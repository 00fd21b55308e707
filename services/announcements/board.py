"""All that is announced, wherever it was written: the store, the files and site.yml."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from hub_config.model.announcement import Announcement, News
from hub_config.model.told import Told
from hub_config.said import said
from services.announcements.entry import Entry
from services.announcements.folder import Folder
from services.announcements.handed import handed
from services.announcements.rights import Rights
from services.announcements.store import Changed, Store, Unknown, Version
from services.announcements.times import state
from services.common.handlers import Refused

NEWS = 20
"""Entries of the list that the hub is given; the page has all of them."""


class Board:
    """What the handlers of the service find in ``state``."""

    def __init__(self, told: Told, store: Store, folder: Folder) -> None:
        self.told, self.store, self.folder = told, store, folder

    @property
    def problems(self) -> list[str]:
        """Return why files of the folder are not shown as they are."""
        self.folder.entries()
        return [str(problem) for problem in self.folder.problems]

    def entries(self) -> list[Entry]:
        """Return those of the store and of the files. Raises Refused 503."""
        with answering():
            return [*self.store.entries(), *self.folder.entries()]

    def open(self) -> list[Entry]:
        """Return those of them that people may see, when their time is there. Raises Refused."""
        with answering():
            return [*self.store.open(), *self.folder.entries()]

    def writable(self, rights: Rights) -> list[Entry]:
        """Return what somebody with these *rights* may see of all, whatever its state."""
        return [entry for entry in self.entries() if rights.may(entry.groups)]

    def history(self, id_: str, rights: Rights) -> list[Version]:
        """Return the versions of one, but for those that were written to others. Raises Refused."""
        with answering():
            versions = self.store.history(id_)
        return [one for one in versions if rights.may(Entry("", one.body).groups)]

    def groups(self) -> list[str]:
        """Return the groups that are known here: of the site, and of what was written."""
        used = {group for entry in self.entries() for group in entry.groups}
        return sorted({*self.told.groups, *used})

    def for_hub(self, now: datetime) -> dict[str, Any]:
        """Return what the hub shows: all that is open now or later, for whichever group."""
        states = [(entry, state(entry, now)) for entry in self.open()]
        current = [e for e, is_ in states if e.kind == "announcement" and is_ != "past"]
        news = _newest([entry for entry, is_ in states if is_ == "shown"])
        return handed(current, news[:NEWS], self.problems)

    def shown(self, groups: frozenset[str], now: datetime) -> list[Entry]:
        """Return the announcements that members of *groups* see now, the gravest first."""
        site = self.told.branding.announcements
        ours = [Entry(f"site-{one.id}", one, file="site.yml") for one in site]
        seen = [entry for entry in [*ours, *self.open()] if _is_for(entry, groups)]
        current = [entry for entry in seen if state(entry, now) == "shown"]
        return sorted(
            (entry for entry in current if isinstance(entry.body, Announcement)),
            key=lambda entry: getattr(entry.body, "rank", 0),
        )

    def news(self, now: datetime) -> list[Entry]:
        """Return all news, the newest first."""
        site = self.told.branding.news
        ours = [Entry(f"site-{one.id}", one, file="site.yml") for one in site]
        return [e for e in _newest([*ours, *self.open()]) if state(e, now) == "shown"]


@contextmanager
def answering(pass_on: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Turn what the store raises into refusals that people read, but for *pass_on*."""
    try:
        yield
    except pass_on:
        raise
    except Unknown:
        raise Refused(404, said("There is no such announcement.")) from None
    except Changed as error:
        text = said("Somebody changed this meanwhile: load it again.")
        raise Refused(409, text, revision=error.entry.revision) from None
    except SQLAlchemyError as error:
        text = said("The database of the announcements does not answer. Please try again later.")
        raise Refused(503, text) from error


def now() -> datetime:
    """Return the time that all answers go by."""
    return datetime.now(UTC)


def _is_for(entry: Entry, groups: frozenset[str]) -> bool:
    return not entry.groups or bool(entry.groups & groups)


def _newest(entries: list[Entry]) -> list[Entry]:
    """Return the news among *entries*, the newest first."""
    found = [(entry.body.date, entry) for entry in entries if isinstance(entry.body, News)]
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0], reverse=True)]
