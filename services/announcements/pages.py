"""The pages: what is announced, for everybody; writing it, for announcers. No script is needed."""

from collections.abc import Callable
from typing import Any

from hub_config.model.announcement import PLACES, SEVERITIES
from hub_config.model.words import LANGUAGES
from hub_config.said import said
from services.announcements import board, form, show
from services.announcements.api import outside
from services.announcements.board import Board, answering
from services.announcements.changes import changes, steps
from services.announcements.entry import Entry, Kind
from services.announcements.form import Filled, Values
from services.announcements.rights import Rights
from services.announcements.store import Changed
from services.announcements.times import REPEATS, zone
from services.common.handlers import Page, Refused

FOLDER = "services/announcements"
OLD = 50
"""Past and withdrawn ones in the list; the API has all of them."""
DONE = {
    "published": said("It is published."),
    "draft": said("The draft is kept. Nobody but announcers sees it."),
    "withdrawn": said("It is withdrawn."),
}


class Ours(Page):
    """What the pages here share."""

    @property
    def board(self) -> Board:
        """All that is announced."""
        found: Board = self.state
        return found

    @property
    def rights(self) -> Rights:
        """What the visitor may write."""
        return Rights.of(self.person) if self.person else Rights(False, frozenset())

    @property
    def name(self) -> str:
        """Who visits."""
        return self.person.name if self.person else ""

    def announcer(self) -> Rights:
        """Return what the visitor may write. Raises Refused 403 if that is nothing."""
        if not self.rights.any:
            raise Refused(403, said("Only announcers may do this."))
        return self.rights

    def entry(self, id_: str) -> Entry:
        """Return one that the visitor may change. Raises Refused."""
        rights = self.announcer()
        with answering():
            entry = self.board.store.entry(id_)
        if not rights.may(entry.groups):
            raise Refused(403, outside(rights))
        return entry

    def to_list(self, done: str) -> None:
        """Go to the list, and say there what was done."""
        self.redirect(f"{self.base}?done={done}")


class Front(Ours):
    """What is announced to the visitor, the news; what there is besides, to announcers."""

    async def get(self) -> None:
        """Draw it."""
        rights, now = self.rights, board.now()
        groups = self.person.groups if self.person else frozenset()
        writable = self.board.writable(rights) if rights.any else []
        rows = [show.row(entry, now) for entry in writable]
        await self.draw(
            f"{FOLDER}/list.html",
            shown=[show.card(entry, now) for entry in self.board.shown(groups, now)],
            news=self.board.news(now),
            rights=rights,
            rows=[row for row in rows if row.open],
            old=[row for row in rows if not row.open][:OLD],
            problems=self.board.problems if rights.everybody else (),
            done=DONE.get(self.get_query_argument("done", "")),
        )


class Form(Ours):
    """A form, empty or filled, with what its contents would look like."""

    async def form(
        self, values: Values, entry: Entry | None = None, filled: Filled | None = None,
        *, preview: bool = False, conflict: tuple[Any, ...] = (), status: int = 200,
    ) -> None:  # fmt: skip
        """Draw it."""
        self.set_status(status)
        written = filled.written if filled and preview else None
        now, known = board.now(), self.board.groups()
        rights = self.rights
        await self.draw(
            f"{FOLDER}/form.html",
            values=values,
            entry=entry,
            errors=filled.errors if filled else {},
            preview=show.preview(written.body, now) if written else None,
            conflict=conflict,
            rights=rights,
            groups=sorted({*known, *values.get("groups", ())} if rights.everybody
                          else rights.groups),
            zone=zone(now),
            severities=SEVERITIES,
            places=PLACES,
            languages_of_text=LANGUAGES,
            repeats=REPEATS,
            looks=show,
        )  # fmt: skip

    async def take(self, entry: Entry | None, save: Callable[[Filled], Entry]) -> None:
        """Do what was asked for with the form that was sent: show, keep or publish it."""
        self.announcer()
        wanted = self.get_body_argument("do", "preview")
        draft = wanted == "draft" or (wanted == "preview" and (entry is None or entry.draft))
        sent = {name: self.get_body_arguments(name) for name in self.request.body_arguments}
        filled = form.fill(sent, draft=draft)
        if filled.written and not self.rights.may(Entry("", filled.written.body).groups):
            filled.errors["groups"] = outside(self.rights)
            filled.written = None
        if filled.written is None:
            await self.form(filled.values, entry, filled, status=400)
        elif wanted == "preview":
            await self.form(filled.values, entry, filled, preview=True)
        else:
            await self._save(filled, save)

    async def _save(self, filled: Filled, save: Callable[[Filled], Entry]) -> None:
        try:
            with answering(pass_on=Changed):
                kept = save(filled)
        except Changed as error:
            await self._meanwhile(error.entry, filled)
        else:
            self.to_list("draft" if kept.draft else "published")

    async def _meanwhile(self, theirs: Entry, filled: Filled) -> None:
        """Show what somebody else has changed since, and keep what was written here."""
        begun = str(filled.values.get("revision", ""))
        versions = self.board.history(theirs.id, self.rights)
        before = [version.body for version in versions if str(version.revision) == begun]
        different = tuple(changes(before[0], theirs.body)) if before else ()
        values = {**filled.values, "revision": str(theirs.revision)}
        await self.form(values, theirs, filled, conflict=(theirs, different), status=409)


class Write(Form):
    """Something new."""

    async def get(self) -> None:
        """Draw an empty form."""
        rights = self.announcer()
        kind: Kind = "news" if self.get_query_argument("kind", "") == "news" else "announcement"
        if kind == "news" and not rights.everybody:
            raise Refused(403, outside(rights))
        await self.form(form.empty(kind, () if rights.everybody else sorted(rights.groups)))

    async def post(self) -> None:
        """Take what was sent."""

        def save(filled: Filled) -> Entry:
            assert filled.written  # noqa: S101 - `take` has seen to it
            new = filled.written
            return self.board.store.add(new.body, self.name, draft=new.draft)

        await self.take(None, save)


class Edit(Form):
    """Something that is there."""

    async def get(self, id_: str) -> None:
        """Draw its form."""
        entry = self.entry(id_)
        await self.form({**form.of(entry.body), "revision": str(entry.revision)}, entry)

    async def post(self, id_: str) -> None:
        """Take what was sent, unless somebody else was faster."""
        entry = self.entry(id_)

        def save(filled: Filled) -> Entry:
            assert filled.written  # noqa: S101 - `take` has seen to it
            new, given = filled.written, str(filled.values.get("revision", ""))
            after = int(given) if given.isascii() and given.isdecimal() else 0
            return self.board.store.change(id_, new.body, self.name, after, draft=new.draft)

        await self.take(entry, save)


class History(Ours):
    """Who changed what, and when."""

    async def get(self, id_: str) -> None:
        """Draw it."""
        entry = self.entry(id_)
        versions = self.board.history(id_, self.rights)
        await self.draw(f"{FOLDER}/history.html", entry=entry, steps=steps(versions))


class Withdraw(Ours):
    """Taking something back."""

    async def get(self, id_: str) -> None:
        """Ask whether that is meant."""
        entry = self.entry(id_)
        card = show.card(entry, board.now())
        await self.draw(f"{FOLDER}/withdraw.html", entry=entry, card=card)

    async def post(self, id_: str) -> None:
        """Do it."""
        self.entry(id_)
        with answering():
            self.board.store.withdraw(id_, self.name)
        self.to_list("withdrawn")


ROUTES: list[tuple[Any, ...]] = [
    (r"", Front),
    (r"write", Write),
    (r"edit/([0-9]{1,9})", Edit),
    (r"history/([0-9]{1,9})", History),
    (r"withdraw/([0-9]{1,9})", Withdraw),
]
