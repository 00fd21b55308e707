"""One thing that is announced: its words, who wrote them, and what has become of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

from hub_config.model.announcement import Announcement, News

Body = Announcement | News
Kind = Literal["announcement", "news"]
State = Literal["draft", "coming", "shown", "past", "withdrawn"]

MODELS: Mapping[str, type[Announcement] | type[News]] = {
    "announcement": Announcement,
    "news": News,
}
_WORDS = ("severity", "title", "text", "url")
"""What a reader has read: while these stay, what they put away stays away."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An announcement or a piece of news; ``file`` is where it stands, if it is not in the store.

    ``id`` is a number, or the name of the file. ``revision`` counts its versions from 1.
    """

    id: str
    body: Body
    revision: int = 1
    draft: bool = False
    author: str = ""
    created: datetime | None = None
    changed: datetime | None = None
    withdrawn: datetime | None = None
    file: str = ""

    @property
    def kind(self) -> Kind:
        """Return which of the two it is."""
        return "news" if isinstance(self.body, News) else "announcement"

    @property
    def groups(self) -> frozenset[str]:
        """Return whom it is for; empty: everybody."""
        return frozenset(() if isinstance(self.body, News) else self.body.groups)

    @property
    def open(self) -> bool:
        """Return whether people may see it, when its time is there."""
        return not self.draft and self.withdrawn is None

    @property
    def mark(self) -> str:
        """Return what tells it from others as long as its words stay the same."""
        written = plain(self.body)
        words = json.dumps([self.kind, *(written.get(name) for name in _WORDS)])
        return f"{self.id}-{sha256(words.encode()).hexdigest()[:8]}"


def plain(body: Body) -> dict[str, Any]:
    """Return the fields that are set, as in JSON."""
    return body.model_dump(mode="json", exclude_none=True)


def dumped(body: Body) -> str:
    """Return the text that ``loaded`` makes the body of again."""
    return json.dumps(plain(body), ensure_ascii=False)


@lru_cache(maxsize=2000)  # the hub asks for all of them every other second
def loaded(kind: str, text: str) -> Body:
    """Return what was written. Raises pydantic.ValidationError."""
    return MODELS[kind].model_validate_json(text)
