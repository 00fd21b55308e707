"""What the templates are given: an entry as people see it, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from hub_config.model.announcement import News
from hub_config.model.recurrence import Window
from hub_config.model.words import LANGUAGES
from hub_config.said import Given, Text, said
from services.announcements.entry import Body, Entry, State
from services.announcements.times import Shown, appearances, in_words, state, warnings

KINDS: Mapping[str, Text] = {"announcement": said("Announcement"), "news": said("News")}
SEVERITY: Mapping[str, Text] = {
    "critical": said("Important"), "maintenance": said("Maintenance"),
    "warning": said("Warning"), "info": said("Information"),
}  # fmt: skip
LOOK = {
    "critical": ("danger", "circle-exclamation"), "maintenance": ("warning", "screwdriver-wrench"),
    "warning": ("warning", "triangle-exclamation"), "info": ("info", "circle-info"),
}  # fmt: skip
"""Bootstrap's colour and the icon, as on the hub's pages."""
STATES: Mapping[State, tuple[Text, str]] = {
    "draft": (said("Draft"), "secondary"), "coming": (said("Coming"), "info"),
    "shown": (said("Shown"), "success"), "past": (said("Over"), "secondary"),
    "withdrawn": (said("Withdrawn"), "secondary"),
}  # fmt: skip
PLACE: Mapping[str, Text] = {
    "login": said("Login page"), "home": said("Home page"), "form": said("Start form"),
    "waiting": said("Waiting page"), "lab": said("JupyterLab"),
}  # fmt: skip
CLOSING: Mapping[str, Text] = {
    "": said("As usual for the severity"), "dismiss": said("People can put it away"),
    "acknowledge": said("People have to say that they have read it before they start a server"),
    "stay": said("It stays"),
}  # fmt: skip

_COMING = 3


@dataclass(frozen=True, slots=True)
class Card:
    """An entry as readers see it; ``colour`` and ``icon`` are empty for news.

    ``window`` is the next maintenance.
    """

    entry: Entry
    label: Text
    colour: str = ""
    icon: str = ""
    repeats: Text | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in the announcers' list."""

    entry: Entry
    card: Card
    state: Text
    badge: str
    open: bool
    when: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be shown: in each language written, when, and what may not be meant."""

    card: Card
    texts: Mapping[str, tuple[str, str]]
    when: tuple[Shown, ...]
    warnings: tuple[Text, ...]


def card(entry: Entry, now: datetime) -> Card:
    """Return an entry as readers see it."""
    body = entry.body
    if isinstance(body, News):
        return Card(entry, KINDS["news"])
    look = (SEVERITY[body.severity], *LOOK[body.severity])
    if body.maintenance is None:
        return Card(entry, *look)
    window = next(iter(body.maintenance.times.windows(max(now, body.start or now))), None)
    repeats = in_words(body.maintenance) if body.maintenance.repeat else None
    return Card(entry, *look, repeats, window)


def row(entry: Entry, now: datetime) -> Row:
    """Return an entry for the announcers' list."""
    here = state(entry, now)
    words, badge = STATES[here]
    shown = here not in ("withdrawn", "past")
    when = tuple(islice(appearances(entry.body, now), 1)) if shown else ()
    return Row(entry, card(entry, now), words, badge, shown, when)


def preview(body: Body, now: datetime) -> Preview:
    """Return what *body* would look like."""
    texts = {lang: (_in(body.title, lang), _in(body.text, lang)) for lang in _written(body)}
    when = tuple(islice(appearances(body, now), _COMING))
    return Preview(card(Entry("", body), now), texts, when, tuple(warnings(body, now)))


def _written(body: Body) -> list[str]:
    """Return the languages in which anything of it is written; one stands for all."""
    given = [text for text in (body.title, body.text) if isinstance(text, Given)]
    found = [lang for lang in LANGUAGES if any(lang in text.languages for text in given)]
    return found or [""]


def _in(text: str | None, language: str) -> str:
    if isinstance(text, Given):
        return text.languages.get(language, str(text))
    return text or ""
