"""What the sources say to people: every message in Python, templates and the pages' JavaScript.

Each belongs to a room, a catalog that is translated by itself (``hub_config/i18n/de/form.po``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_file

from hub_config.i18n.catalog import SCRIPTS

ROOT = Path(__file__).parents[2]

_ROOMS = (
    (SCRIPTS, "templates/static/"),
    ("announcements", "services/announcements/ templates/services/announcements/"),
    ("accounts", "services/accounts/ templates/services/accounts/ templates/parts/checks."),
    ("accounts", "hub_config/checks. hub_config/pages/accounts. hub_config/model/budget."),
    ("accounts", "hub_config/cluster/accounts."),
    ("usage", "services/usage/ templates/services/usage/"),
    ("services", "services/ templates/services/"),
    ("memory", "templates/options/tools. templates/options/preview. hub_config/remembered."),
    ("memory", "hub_config/pages/memory. hub_config/pages/preview. hub_config/batch."),
    ("model", "hub_config/form/words. hub_config/form/answers."),
    ("form", "templates/options/ templates/spawn. templates/partitions. hub_config/form/"),
    ("form", "hub_config/pages/spawn. hub_config/pages/cluster. hub_config/model/offer."),
    ("form", "hub_config/cluster/facts. hub_config/cluster/estimates. hub_config/cluster/cached."),
    ("home", "templates/home. templates/logs. templates/parts/servers. templates/parts/past."),
    ("home", "hub_config/pages/home. hub_config/pages/logs. hub_config/pages/servers."),
    ("jobs", "templates/spawn_pending. templates/not_running. templates/parts/failure."),
    ("home", "templates/parts/begin."),
    ("jobs", "hub_config/pages/pending. hub_config/pages/failure."),
    ("jobs", "hub_config/cluster/ hub_config/job. hub_config/arrival."),
    ("lab", "hub_config/singleuser/ hub_config/pages/server."),
    ("model", "hub_config/model/ hub_config/auth/ hub_config/refusal. hub_config/spawner."),
    ("model", "hub_config/runtime."),
    ("frame", "templates/ hub_config/"),
)
"""A catalog and the beginnings of the paths it is for; the first that fits is the one."""

_PYTHON: Mapping[str, Any] = {"said": None, "said_n": (1, 2)}
_TEMPLATE: Mapping[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}
_SCRIPT: Mapping[str, Any] = {"t": None}
_TRIMMED = {"trimmed": "true", "silent": "false"}

Id = str | tuple[str, str]
"""A message, or its singular and plural."""


@dataclass(frozen=True, slots=True)
class Message:
    """One place where something is said."""

    id: Id
    file: str
    line: int

    @property
    def room(self) -> str:
        """The catalog it belongs to."""
        return room_of(self.file)


def room_of(file: str) -> str:
    """Return the catalog for what *file*, as seen from the checkout, says."""
    return next(room for room, starts in _ROOMS if file.startswith(tuple(starts.split())))


def python_files() -> list[Path]:
    """Return the modules that may say something; ``said.py`` itself says nothing."""
    folders = (ROOT / "hub_config", ROOT / "services")
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    return [file for file in files if file.name != "said.py"]


def templates() -> list[Path]:
    """Return the templates of pages."""
    return sorted((ROOT / "templates").rglob("*.html"))


def scripts() -> list[Path]:
    """Return the modules of JavaScript that pages run."""
    return sorted((ROOT / "templates/static").glob("*.js"))


def messages() -> list[Message]:
    """Return every message: first the scripts', which have a catalog of their own."""
    return [
        *_messages("javascript", _SCRIPT, scripts()),
        *_messages("python", _PYTHON, python_files()),
        *_messages("jinja2.ext:babel_extract", _TEMPLATE, templates()),
    ]


def _messages(method: Any, words: Mapping[str, Any], files: list[Path]) -> Iterator[Message]:
    for file in files:
        found = extract_from_file(method, file, words, options=_TRIMMED)
        for line, message, _, _ in found:
            id_ = message if isinstance(message, str) else (message[0], message[1])
            yield Message(id_, str(file.relative_to(ROOT)), line)
