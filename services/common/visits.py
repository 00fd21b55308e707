"""Coming back from the hub's login, and choosing a language."""

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.web import HTTPError

from hub_config import i18n
from services.common.handlers import Page

YEAR_DAYS = 365


class _Open(Page):
    """A page that asks nobody who they are."""

    async def prepare(self) -> None:
        """Let everybody in."""


class Language(_Open):
    """The choice of a language, as on the hub's pages."""

    def get(self, language: str) -> None:
        """Remember it, and lead back to a page of this service."""
        if language not in i18n.LANGUAGES:
            raise HTTPError(404)
        self.set_cookie(
            i18n.COOKIE, language, expires_days=YEAR_DAYS, path=f"{self.told.prefix}/",
            secure=self.told.origin.startswith("https:"), samesite="Lax", httponly=True,
        )  # fmt: skip
        wanted = self.get_argument("next", self.base)
        within = wanted.startswith(self.base) and wanted.isprintable() and "\\" not in wanted
        self.redirect(wanted if within else self.base)


class Callback(HubOAuthCallbackHandler, _Open):  # type: ignore[misc]  # untyped upstream
    """Where the hub sends people back to after their login."""
