"""The JSON API: what is announced, for the hub and for people; writing it, for announcers."""

import asyncio
from typing import Any, Never

from hub_config import i18n
from hub_config.markdown import html
from hub_config.model.announcement import News
from hub_config.model.words import LANGUAGES
from hub_config.said import Given, said
from services.announcements import board
from services.announcements.board import Board, answering
from services.announcements.entry import Body, Entry, plain
from services.announcements.rights import Rights
from services.announcements.times import appearances, state, warnings
from services.announcements.written import Written, Wrong, read
from services.common.handlers import Api, Refused


class Ours(Api):
    """What the handlers here share."""

    own_token = True

    @property
    def board(self) -> Board:
        """All that is announced."""
        found: Board = self.state
        return found

    @property
    def name(self) -> str:
        """Who asks."""
        return self.person.name if self.person else ""

    @property
    def rights(self) -> Rights:
        """What they may write."""
        return Rights.of(self.person) if self.person else Rights(False, frozenset())

    def announcer(self) -> Rights:
        """Return what they may write. Raises Refused 403 if that is nothing."""
        if not self.rights.any:
            raise Refused(403, said("Only announcers may do this."))
        return self.rights

    def written(self) -> Written:
        """Return what was sent. Raises Refused 400, 403."""
        rights = self.announcer()
        try:
            sent = read(self.json())
        except Wrong as error:
            _refuse(error)
        if not rights.may(Entry("", sent.body).groups):
            raise Refused(403, outside(rights))
        return sent

    def entry(self, id_: str) -> Entry:
        """Return one that they may change. Raises Refused 403, 404, 409."""
        rights = self.announcer()
        for entry in self.board.folder.entries():
            if entry.id == id_ and rights.everybody:
                text = said("This stands in {file}: change the file.", file=entry.file)
                raise Refused(409, text)
        with answering():
            entry = self.board.store.entry(id_)
        if not rights.may(entry.groups):
            raise Refused(403, outside(rights))
        return entry

    def revision(self) -> int | None:
        """Return the revision of ``If-Match``, None without one. Raises Refused 400."""
        given = self.request.headers.get("If-Match", "").strip().strip('"')
        if not given:
            return None
        if not (given.isascii() and given.isdecimal() and len(given) < 10):
            raise Refused(400, "If-Match is not the number of a revision.")
        return int(given)


class Published(Ours):
    """What is announced: to the hub all of it, to others what is for them, now."""

    async def get(self) -> None:
        """Answer; the same again is 304 to whoever has it (If-None-Match)."""
        if self.person and self.person.kind == "hub":
            # A database that is slow keeps the hub waiting, and nobody else.
            self.finish(await asyncio.to_thread(self.board.for_hub, board.now()))
            return
        groups = self.person.groups if self.person else frozenset()
        self.finish({
            "announcements": [_rendered(e) for e in self.board.shown(groups, board.now())],
            "news": [_rendered(entry) for entry in self.board.news(board.now())],
        })  # fmt: skip


class Entries(Ours):
    """All that an announcer may write."""

    async def get(self) -> None:
        """List it."""
        rights = self.announcer()
        listed = [told(entry) for entry in self.board.writable(rights)]
        problems = self.board.problems if rights.everybody else []
        self.finish({"announcements": listed, "problems": problems})

    async def post(self) -> None:
        """Write something new."""
        sent = self.written()
        with answering():
            entry = self.board.store.add(sent.body, self.name, draft=sent.draft)
        self.set_status(201)
        self.finish(told(entry))


class One(Ours):
    """One of them."""

    async def get(self, id_: str) -> None:
        """Tell what it is."""
        self.finish(told(self.entry(id_)))

    async def put(self, id_: str) -> None:
        """Change it, unless somebody else did since ``If-Match``."""
        self.entry(id_)
        sent, revision = self.written(), self.revision()
        if revision is None:
            raise Refused(428, "Send the revision that you have read as If-Match.")
        with answering():
            store = self.board.store
            entry = store.change(id_, sent.body, self.name, revision, draft=sent.draft)
        self.finish(told(entry))

    async def delete(self, id_: str) -> None:
        """Take it back."""
        self.entry(id_)
        with answering():
            entry = self.board.store.withdraw(id_, self.name, self.revision())
        self.finish(told(entry))


class History(Ours):
    """Every version of one."""

    async def get(self, id_: str) -> None:
        """List them, the newest first."""
        self.entry(id_)
        versions = self.board.history(id_, self.rights)
        self.finish({"history": [
            {"revision": one.revision, "at": one.at.isoformat(), "who": one.who, "what": one.what,
             "kind": one.kind, "body": plain(one.body)}
            for one in versions
        ]})  # fmt: skip


class Preview(Ours):
    """What would be shown, and when."""

    async def post(self) -> None:
        """Answer as if it had been written."""
        body, at = self.written().body, board.now()
        self.finish({
            "html": _languages(body.text, markdown=True),
            "title": _languages(body.title),
            "shown": [{"from": _iso(one.begin), "until": _iso(one.end)}
                      for one in appearances(body, at)],
            "warnings": [str(text) for text in warnings(body, at)],
        })  # fmt: skip


ROUTES: list[tuple[Any, ...]] = [
    (r"api/v1/published", Published),
    (r"api/v1/announcements", Entries),
    (r"api/v1/announcements/([^/]{1,120})", One),
    (r"api/v1/announcements/([^/]{1,120})/history", History),
    (r"api/v1/preview", Preview),
]


def outside(rights: Rights) -> str:
    """Return why what was asked for is not theirs."""
    groups = ", ".join(sorted(rights.groups))
    return said("You may announce only to members of these groups: {groups}.", groups=groups)


def told(entry: Entry) -> dict[str, Any]:
    """Return all there is to know of it."""
    return {
        "id": entry.id, "kind": entry.kind, "revision": entry.revision,
        "state": state(entry, board.now()), "file": entry.file, "author": entry.author,
        "created": _iso(entry.created), "changed": _iso(entry.changed),
        "withdrawn": _iso(entry.withdrawn), "body": plain(entry.body),
    }  # fmt: skip


def _rendered(entry: Entry) -> dict[str, Any]:
    """Return it for readers: in their language, its text as HTML."""
    body: Body = entry.body
    more = {"date": body.date.isoformat()} if isinstance(body, News) else {
        "severity": body.severity, "where": list(body.where),
        "start": _iso(body.start), "end": _iso(body.end),
    }  # fmt: skip
    title, text = i18n.say(body.title or ""), i18n.say(body.text or "")
    return {"id": entry.mark, "title": title, "html": html(text), "url": body.url, **more}


def _languages(text: str | None, *, markdown: bool = False) -> dict[str, str]:
    written = text.languages if isinstance(text, Given) else {LANGUAGES[0]: text or ""}
    return {name: html(one) if markdown else one for name, one in written.items()}


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _refuse(error: Wrong) -> Never:
    raise Refused(400, said("Some fields are wrong."), fields=error.fields)
