"""What pages announce to whoever looks at them, and how that is put away."""

from typing import Any

from jupyterhub.handlers.base import BaseHandler
from tornado import web

from hub_config.announcements import Announced, Notice
from hub_config.announcements.putaway import PutAway
from hub_config.model.announcement import PLACES, News
from hub_config.refusal import HTTPRefused
from hub_config.runtime import groups
from hub_config.said import said

TEMPLATES = "announcements"
"""The name by which templates know it."""


class Notices:
    """The announcements as one person sees them: theirs, without what they have put away."""

    def __init__(
        self, announced: Announced, put_away: PutAway | None = None, service: str = ""
    ) -> None:
        self._announced, self._put_away = announced, put_away
        self.service = service
        """The address of the page with all of them; "" if there is none."""

    def current(self, place: str, user: Any) -> tuple[Notice, ...]:
        """Return what *user*, None before the login, sees at *place*, the gravest first."""
        if user is None:
            return self._announced.current(place)
        shown = self._announced.current(place, groups(user))
        if self._put_away is None or all(one.said.closes == "stay" for one in shown):
            return shown
        gone = self._put_away.of(user.orm_user.id)
        return tuple(one for one in shown if one.said.closes == "stay" or one.id not in gone)

    def unread(self, user: Any) -> bool:
        """Return whether *user* has still to confirm something before a server can be started."""
        return any(one.said.closes == "acknowledge" for one in self.current("form", user))

    def put_away(self, notice: str, user: Any) -> bool:
        """Put away what is shown to *user*, and return whether there was such a notice."""
        shown = (one for place in PLACES for one in self.current(place, user))
        known = any(one.id == notice and one.said.closes != "stay" for one in shown)
        if known and self._put_away is not None:
            self._put_away.keep(user.orm_user.id, notice)
        return known

    def news(self, most: int) -> tuple[News, ...]:
        """Return the newest news."""
        return self._announced.news(most)

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what cannot be announced and why, for admins."""
        return self._announced.problems


class PutAwayHandler(BaseHandler):  # type: ignore[misc]  # untyped upstream
    """POST ``notice``: it is not shown to this user again."""

    @web.authenticated
    def post(self) -> None:
        """Answer with a redirect to ``next``, the page that was left."""
        user, notices = self.current_user, notices_of(self.settings)
        if not notices.put_away(self.get_body_argument("notice", ""), user):
            message = said("There is no such announcement any more, or it stays where it is.")
            raise HTTPRefused(404, message)
        self.redirect(self.get_next_url(user, f"{self.hub.base_url}home"))


def notices_of(settings: dict[str, Any]) -> Notices:
    """Return what the hub of these tornado settings announces."""
    notices: Notices = settings["template_vars"][TEMPLATES]
    return notices


ROUTES = [(r"/berth/notices", PutAwayHandler)]
