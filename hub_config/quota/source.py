"""One file or address that tells something of every user, read again when it has changed.

Whoever looks when it is due waits for it, but not long; what cannot be read leaves what was
known before, and a problem for operators. The reading is done beside the event loop.
"""

import asyncio
import logging
import os
import stat
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Generic, TypeVar

from tornado.httpclient import HTTPError, HTTPResponse
from tornado.httputil import HTTPHeaders
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from hub_config.quota.rows import Read, Told, Unreadable

log = logging.getLogger("berth.quota")

LOOK, ASK = 2.0, 300.0
"""Seconds between two looks at a file, and between two questions to an address."""

PATIENCE = 0.7
"""Seconds that a page waits for what is due."""

MOST_BYTES = 32 * 2**20
"""A hundred thousand users with two volumes each."""

ANSWER_SECONDS = 20.0

_T = TypeVar("_T")


class Source(Generic[_T]):
    """The rows at *place*, a path or an https URL, as *read* understands them."""

    def __init__(self, place: Path | str, read: Read[_T]) -> None:
        self._place, self._read = place, read
        self._told: Told[_T] | None = None
        self._trouble = ""
        self._seen: object = None
        self._task: asyncio.Task[None] | None = None
        self._began = 0.0
        self._not_before = float("-inf")

    async def of(self, user: str) -> tuple[_T, ...]:
        """Return the rows of *user*; none while nothing is known."""
        now = time.monotonic()
        if self._task is None and now >= self._not_before:
            self._began = now
            self._task = asyncio.create_task(self._refresh())
        if self._task:
            left = self._began + PATIENCE - time.monotonic()
            await asyncio.wait({self._task}, timeout=max(0.0, left))
        return self._told.rows.get(user, ()) if self._told else ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with it, each with its place; nothing of what its users have."""
        faults = self._told.faults if self._told else ()
        return tuple(f"{self._name}: {text}" for text in (self._trouble, *faults) if text)

    @property
    def _name(self) -> str:
        return str(self._place).partition("?")[0]  # what comes then may be a password

    async def _refresh(self) -> None:
        isfile = isinstance(self._place, Path)
        try:
            told = await (self._from_file() if isfile else self._from_address())
            self._told = told or self._told
            self._note("")
        except Unreadable as error:
            self._note(str(error))
        except HTTPError as error:
            self._note(f"does not answer: {error.message} — check the address")
        except OSError as error:
            self._note(f"cannot be read: {error.strerror or error} — check the place")
        finally:
            self._not_before = time.monotonic() + (LOOK if isfile else ASK)
            self._task = None

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("%s %s; what was known is kept", self._name, trouble)
        self._trouble = trouble

    async def _from_file(self) -> Told[_T] | None:
        """Return what the file tells; None: what it told before."""
        return await asyncio.to_thread(self._look, Path(self._place))

    def _look(self, path: Path) -> Told[_T] | None:
        # Without O_NONBLOCK a named pipe would be waited for, perhaps for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable("is no regular file — write the text itself there")
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if seen == self._seen:
                return None
            data = file.read(MOST_BYTES + 1)
        self._seen = seen  # also of what cannot be read, which would be no better at the next look
        return self._parse(data, found.st_mtime)

    async def _from_address(self) -> Told[_T] | None:
        """Return what the address tells; None: what it told before."""
        response = await self._fetch(str(self._place))
        if response.code == 304:
            return None
        if response.code != 200:
            raise Unreadable(f"answers {response.code} {response.reason} — check the address")
        data, written = response.body, _written(response.headers)
        told = await asyncio.to_thread(self._parse, data, written)
        self._seen = response.headers.get("Etag")
        return told

    async def _fetch(self, address: str) -> HTTPResponse:
        client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=MOST_BYTES)
        headers = HTTPHeaders({"Accept": "application/json"})
        if isinstance(self._seen, str):
            headers["If-None-Match"] = self._seen
        try:
            return await client.fetch(
                address,
                headers=headers,
                request_timeout=ANSWER_SECONDS,
                follow_redirects=False,
                decompress_response=False,  # a small answer stays small
                raise_error=False,
            )
        finally:
            client.close()

    def _parse(self, data: bytes, written: float | None) -> Told[_T]:
        if len(data) > MOST_BYTES:
            raise Unreadable(f"has more than {MOST_BYTES >> 20} MiB — leave out who has no account")
        return self._read(data, written)


def _written(headers: HTTPHeaders) -> float | None:
    """Return when it was written; None: the server does not say, and it may be of any age."""
    try:
        return parsedate_to_datetime(headers["Last-Modified"]).timestamp()
    except (KeyError, ValueError):
        return None
