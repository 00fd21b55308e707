"""The languages of the pages: which one a visitor reads, and how texts are said in it.

The language of the page at hand is a context variable: each request runs in a task of its own, and
what the request starts in the background speaks English again as soon as it writes a log.
"""

import re
from contextvars import ContextVar
from operator import itemgetter
from typing import Any

from hub_config import said
from hub_config.i18n.catalog import LANGUAGES, PoCatalog, catalog, words_for_scripts

__all__ = ["LANGUAGES", "choose", "current", "gettext", "ngettext", "say", "use"]
__all__ += ["words_for_scripts"]

COOKIE = "berth-language"
_WEIGHT = re.compile(r"\s*(?:q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?", re.ASCII)

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
    return next(filter(LANGUAGES.__contains__, _wishes(accept_language)), LANGUAGES[0])


def _wishes(accept_language: str) -> list[str]:
    """Return the languages a browser asks for, as ``de`` of ``de-AT``, the most wanted first.

    The weight stands behind each (RFC 9110, 12.4.2); what has none that is a number is not wanted.
    """
    weighed = []
    for part in accept_language[:200].split(","):
        tag, _, parameter = part.partition(";")
        weight = _WEIGHT.fullmatch(parameter)
        if weight and float(weight[1] or 1):
            weighed.append((-float(weight[1] or 1), re.split("[-_]", tag.strip().lower())[0]))
    return [language for _, language in sorted(weighed, key=itemgetter(0))]


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
