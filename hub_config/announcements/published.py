"""What the service of announcements says: asked for again and again, and kept while it is away.

Nobody waits for it. What it said last is in a file, so that a hub which starts while the service
is down announces what was announced before. All of it is read through the model each time: neither
the service nor the file is believed further than that.
"""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from hub_config.files import write
from hub_config.model.announcement import Announcement, News

log = logging.getLogger("berth.announcements")

FILE = "announcements.json"
EVERY = 2.0
"""Seconds between two questions."""
PATIENCE = 2.0
"""Seconds that an answer may take."""
LONGEST = 2 << 20
"""Bytes of an answer."""
MOST = {"announcements": 100, "news": 200, "problems": 100}
"""How many of each are taken."""

NOT_MODIFIED = 304
AWAY = "The announcements service at %s does not answer as it should (%s); what it said last stays"

_Model = TypeVar("_Model", Announcement, News)
_CONTROL = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")


class Unusable(ValueError):
    """An answer that is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said; announcements with the names by which it knows them."""

    announcements: tuple[tuple[str, Announcement], ...] = ()
    news: tuple[News, ...] = ()
    problems: tuple[str, ...] = ()


class Published:
    """The last answer of the service at *url*, which is kept in *folder*."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self._url, self._file = url, folder / FILE
        self._headers = {"Authorization": f"token {token}"}
        self._etag = ""
        self._away = False
        self.answer = self._remembered()

    def last(self) -> Answer:
        """Return what the service said last."""
        return self.answer

    async def follow(self) -> None:
        """Ask for ever."""
        # Not the client that the rest of the hub shares: this one takes no more than it should.
        client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=LONGEST)
        while True:
            await self.ask(client)
            await asyncio.sleep(EVERY)

    async def ask(self, client: SimpleAsyncHTTPClient) -> None:
        """Ask once; what cannot be had, or is no answer, leaves what was known."""
        try:
            response = await client.fetch(self._request(), raise_error=False)
            if response.code != NOT_MODIFIED:
                response.rethrow()
                self.answer = await asyncio.to_thread(self._taken, response)
                self._etag = response.headers.get("ETag", "")[:200]
            self._away = False
        except Exception as error:  # tornado has more of them than it tells
            if not self._away:
                log.warning(AWAY, self._url, str(error)[:200])
            self._away = True

    def _request(self) -> HTTPRequest:
        known = {"If-None-Match": self._etag} if self._etag else {}
        return HTTPRequest(
            self._url, headers={**self._headers, **known}, connect_timeout=PATIENCE,
            request_timeout=PATIENCE, follow_redirects=False, decompress_response=False,
        )  # fmt: skip

    def _taken(self, response: HTTPResponse) -> Answer:
        answer = read(response.body)
        try:
            write(self._file, response.body)
        except OSError as error:
            log.warning("%s cannot be written (%s): announcements do not outlive the hub",
                        self._file, error.strerror)  # fmt: skip
        return answer

    def _remembered(self) -> Answer:
        try:
            with self._file.open("rb") as file:
                return read(file.read(LONGEST))
        except FileNotFoundError:
            return Answer()
        except (OSError, Unusable) as error:
            log.warning("%s cannot be used: %s", self._file, error)
            return Answer()


def read(body: bytes) -> Answer:
    """Return what an answer says; what is wrong in it is left out. Raises Unusable."""
    try:
        told = json.loads(body)
        found = {name: list(told[name])[:most] for name, most in MOST.items()}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unusable("not what a service of this release says") from error
    return Answer(
        announcements=tuple(_models(Announcement, found["announcements"])),
        news=tuple(news for _, news in _models(News, found["news"])),
        problems=tuple(_CONTROL.sub(" ", str(one)[:500]) for one in found["problems"]),
    )


def _models(model: type[_Model], values: list[Any]) -> Iterator[tuple[str, _Model]]:
    for value in values:
        if not isinstance(value, dict):
            continue
        name = str(value.pop("id", ""))
        try:
            yield name, model.model_validate_json(json.dumps(value))
        except ValidationError as error:
            wrong = _CONTROL.sub(" ", "; ".join(map(_told, error.errors())))
            log.warning(
                "What the announcements service says of %.80r is left out: %.500s", name, wrong
            )


def _told(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
