"""The languages of the pages: which one a visitor reads, and how texts are said in it.

The language of the page at hand is a context variable: each request runs in a task of its own, and
what the request starts in the background speaks English again as soon as it writes a log.
"""

from contextvars import ContextVar
from typing import Any

from babel.core import negotiate_locale

from hub_config import said
from hub_config.i18n.catalog import LANGUAGES, PoCatalog, catalog, words_for_scripts

__all__ = ["LANGUAGES", "choose", "current", "gettext", "ngettext", "say", "use"]
__all__ += ["words_for_scripts"]

COOKIE = "berth-language"

_language: ContextVar[str] = ContextVar("berth_language", default="en")


def current() -> str:
    """Return the language of the page at hand, as in ``<html lang>``."""
    return _language.get()


def use(language: str) -> None:
    """Speak *language*, one of LANGUAGES, for the rest of this task."""
    _language.set(language)


def choose(cookie: str, accept_language: str) -> str:
    """Return the language a visitor chose, else the first they accept that we speak."""
    if cookie in LANGUAGES:
        return cookie
    wanted = [part.partition(";")[0].strip() for part in accept_language[:200].split(",")]
    return negotiate_locale(filter(None, wanted), LANGUAGES, sep="-") or LANGUAGES[0]


def say(value: Any) -> Any:
    """Return *value* in the language of the page; what is no text of ours comes back as it is."""
    return said.spoken(value, _now()) if isinstance(value, said.Text) else value


def gettext(message: str) -> str:
    """Return *message* in the language of the page."""
    return _now().gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the form for *n* in the language of the page."""
    return _now().ngettext(singular, plural, n)


def _now() -> PoCatalog:
    return catalog(_language.get())
