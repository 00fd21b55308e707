"""What an open form asks: how full the cluster is, and when its server would start."""

import json
import time
from dataclasses import dataclass
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.scopes import needs_scope
from tornado import web

from hub_config import form, i18n
from hub_config.cluster.facts import Overview
from hub_config.i18n.catalog import catalog
from hub_config.model.profiles import Profiles
from hub_config.model.resolve import BadAnswers, Unaffordable, exceeded
from hub_config.refusal import HTTPRefused
from hub_config.runtime import KEY, Runtime, groups
from hub_config.said import said, together
from hub_config.schedulers.base import Refused
from hub_config.spawner import NO_PROFILES
from hub_config.yaml12 import BadConfig

_BOARDS = "berth_boards"
"""The setting that has the last answer in each language."""


class _Asked(BaseHandler):  # type: ignore[misc]  # untyped upstream
    @property
    def berth(self) -> Runtime:
        runtime: Runtime = self.settings[KEY]
        return runtime

    def answer(self, body: str) -> None:
        """Answer with JSON, which the browser may keep as long as its ETag is right."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "private, no-cache")
        self.finish(body)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The answer of one minute, in one language."""

    profiles: Profiles
    overview: Overview
    minute: int
    body: str

    def made_of(self, profiles: Profiles, overview: Overview, minute: int) -> bool:
        same = self.profiles is profiles and self.overview is overview
        return same and self.minute == minute


class BoardHandler(_Asked):
    """GET by anybody logged in: how full the partitions of the profiles are."""

    @web.authenticated
    async def get(self) -> None:
        """Answer as ``form.board`` does; it is made once a minute for everybody."""
        overview = await self.berth.facts.overview()
        try:
            profiles = self.berth.profiles.current()
        except BadConfig as error:
            raise HTTPRefused(503, NO_PROFILES) from error
        self.answer(self._board(profiles, overview))

    def _board(self, profiles: Profiles, overview: Overview) -> str:
        now, language = time.time(), i18n.current()
        boards: dict[str, _Kept] = self.settings.setdefault(_BOARDS, {})
        kept = boards.get(language)
        if kept is None or not kept.made_of(profiles, overview, int(now // 60)):
            body = json.dumps(form.board(profiles, overview, catalog(language), now))
            kept = boards[language] = _Kept(profiles, overview, int(now // 60), body)
        return kept.body


class EstimateHandler(_Asked):
    """GET by whoever may start servers of this user: when the options in the URL would start."""

    @web.authenticated
    @needs_scope("servers")  # type: ignore[untyped-decorator]
    async def get(self, user_name: str) -> None:
        """Answer with ``text``, which is empty where nobody knows or the options are wrong."""
        user = self.find_user(user_name)
        if user is None:
            raise HTTPRefused(404, said("No such user: {name}", name=user_name))
        self.answer(json.dumps({"text": i18n.say(await self._text(user))}))

    async def _text(self, user: Any) -> str:
        given = self.request.query_arguments
        texts = {k: [v.decode("utf8", "replace") for v in vs] for k, vs in given.items()}
        answers = form.read(texts, known_only=True)
        try:
            request = await self.berth.resolve(user.name, groups(user), answers)
            short = exceeded(await self.berth.offer(user.name, groups(user)), request)
            start = await self.berth.facts.estimate(user.name, request)
            return together(short.text if short else "", form.soon(start, time.time()))
        except Unaffordable as error:
            return together(*error.errors.values())
        except (BadAnswers, BadConfig):
            return ""  # the form says so itself
        except Refused as refusal:
            return form.never(str(refusal))


class PartitionsHandler(_Asked):
    """GET by anybody logged in: all partitions they may choose, where the form shows some."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the page."""
        user = self.current_user
        try:
            offer = await self.berth.offer(user.name, groups(user))
        except BadConfig as error:
            raise HTTPRefused(503, NO_PROFILES) from error
        rows = form.table(offer, await self.berth.facts.overview(), time.time(), most=None)
        self.finish(await self.render_template("partitions.html", table=rows))


ROUTES = [
    (r"/berth/cluster", BoardHandler),
    (r"/berth/estimate/(?P<user_name>[^/]+)", EstimateHandler),
    (r"/berth/partitions", PartitionsHandler),
]
