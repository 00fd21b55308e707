"""The choice of a language: a cookie, set by a link that every page has."""

from jupyterhub.handlers.base import BaseHandler
from tornado import web

from hub_config import i18n

YEAR_DAYS = 365


class LanguageHandler(BaseHandler):  # type: ignore[misc]  # untyped upstream
    """Remembers the language in this browser and leads back to where the visitor was."""

    def get(self, language: str) -> None:
        """Answer with a redirect to ``next``, which stays within the hub."""
        if language not in i18n.LANGUAGES:
            raise web.HTTPError(404)
        self.set_cookie(
            i18n.COOKIE, language, expires_days=YEAR_DAYS, path=self.base_url, samesite="Lax",
            secure=self.request.protocol == "https", httponly=True,
        )  # fmt: skip
        self.redirect(self.get_next_url(self.current_user))


ROUTES = [(r"/berth/language/([a-z]+)", LanguageHandler)]
