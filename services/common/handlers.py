"""What every handler of a service does: find out who asks, refuse in words, draw pages.

``Page`` sends whoever is not logged in to the hub, ``Api`` refuses them; both check that what
changes something was sent by a page of ours (JupyterHub's own XSRF check in HubOAuth).
"""

import asyncio
import hmac
import logging
from inspect import isawaitable
from typing import Any, ClassVar, TypeVar

from jupyterhub.services.auth import HubOAuthenticated
from pydantic import BaseModel, ValidationError
from tornado.escape import json_decode
from tornado.web import HTTPError, RequestHandler

from hub_config.model.told import Told
from hub_config.policy import CSP
from hub_config.said import said
from services.common.drawing import draw
from services.common.hub import TIMEOUT, HubAway, hub_answers
from services.common.person import Person, person

log = logging.getLogger("berth.service")

_Model = TypeVar("_Model", bound=BaseModel)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    CSP: "frame-ancestors 'none'; form-action 'self'",
}
"""What holds for each answer; pages get the rest of their policy with their language."""


class Refused(HTTPError):
    """A refusal that people read: *text* is shown as it is, in their language."""

    def __init__(self, status: int, text: str, **more: Any) -> None:
        super().__init__(status, "%s", text)
        self.text, self.more = text, more


class Base(HubOAuthenticated, RequestHandler):  # type: ignore[misc]  # untyped upstream
    """Whatever is below the service's prefix."""

    own_token: ClassVar[bool] = False
    """Whether the service's own token opens this, which the hub and the machine's root have."""

    person: Person | None = None
    _token_authenticated = False
    _hub_auth_user_cache: dict[str, Any] | None = None

    @property
    def told(self) -> Told:
        """What the service knows of the site."""
        told: Told = self.settings["told"]
        return told

    @property
    def state(self) -> Any:
        """What the service made at its start."""
        return self.settings["state"]

    @property
    def base(self) -> str:
        """The service's prefix, with a slash at both ends."""
        base: str = self.settings["base"]
        return base

    async def prepare(self) -> None:
        """Find out who asks. Raises HTTPError."""
        token = self.hub_auth.get_token(self)
        if token and hmac.compare_digest(token.encode(), self.hub_auth.api_token.encode()):
            if not self.own_token:
                raise HTTPError(403)
            self._token_authenticated = True  # no cookie, so nothing that XSRF could use
            self.person = Person("hub", "hub", admin=True)
            return
        model = await self._ask_who()
        if model is None:
            await self.nobody()
        elif self.hub_auth.get_token(self, in_cookie=False) and not self._token_authenticated:
            raise HTTPError(403, "The token is wrong, whoever the cookie belongs to")
        else:
            self._refuse_others()
            self._admit(model, token)

    def _refuse_others(self) -> None:
        """Refuse what a page elsewhere sends with a visitor's cookie. Raises HTTPError 403.

        JupyterHub has asked for the token of our page (HubOAuth); this is what browsers say.
        """
        asks = self.request.headers
        only_reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        if self._token_authenticated or only_reads:
            return
        websocket = asks.get("Sec-Fetch-Mode") == "websocket"  # JupyterHub asks it for no token
        if websocket or asks.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise HTTPError(403, "This was sent by a page elsewhere")

    async def _ask_who(self) -> dict[str, Any] | None:
        """Return who the hub says this is. Raises HubAway."""
        try:
            async with asyncio.timeout(TIMEOUT):
                model: dict[str, Any] | None = await self.hub_auth.get_user(self, sync=False)
        except TimeoutError as error:
            raise HubAway(f"no answer in {TIMEOUT:g} s") from error
        except HTTPError as error:
            # JupyterHub says 500 where the hub cannot be reached (HubAuth._api_request).
            if error.status_code >= 500:
                raise HubAway("it does not say who this is") from error
            raise
        return model

    def _admit(self, model: dict[str, Any], token: str) -> None:
        if not self.hub_auth.check_scopes(self.hub_scopes, model):
            raise HTTPError(403, "%s may not use this service", model["name"])
        self._hub_auth_user_cache = model
        self.person = person(model, token)

    async def nobody(self) -> None:
        """Refuse whoever is not logged in."""
        raise Refused(403, said("Please log in first."))

    async def head(self, *args: str) -> None:
        """Answer as GET does; tornado leaves the body out."""
        answer = self.get(*args)
        if isawaitable(answer):
            await answer

    def set_default_headers(self) -> None:
        """Set what holds for each answer, errors too; nothing of it is kept by anybody."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """Log what nobody foresaw."""
        log_error(self, value)

    def words(self, status: int, **kwargs: Any) -> Any:
        """Return what people are told of an error."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, Refused):
            return error.text
        return _WORDS.get(status, said("Something went wrong. The log of the service has more."))


class Page(Base):
    """A page for people."""

    async def nobody(self) -> None:
        """Let them log in at the hub, and come back. Raises HubAway: there nobody would answer."""
        if self.request.method not in ("GET", "HEAD"):
            await super().nobody()
        await hub_answers()
        self.redirect(self.get_login_url())

    async def draw(self, template: str, **variables: Any) -> None:
        """Answer with a page."""
        self.finish(self.page(template, **variables))

    def page(self, template: str, **variables: Any) -> str:
        """Return a page."""
        xsrf = self.xsrf_token.decode() if self.person else ""
        told = {"xsrf_token": xsrf, "xsrf": xsrf, **variables}
        return draw(template, self.told, self.base, self.person, **told)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what went wrong on a page that needs nobody else."""
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        told = {"words": self.words(status_code, **kwargs), "method": self.request.method}
        self.finish(self.page("services/problem.html", status=status_code, **told))


class Api(Base):
    """An address for programs: JSON, also for errors."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what went wrong, in English as every message of the REST API."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        more = error.more if isinstance(error, Refused) else {}
        words = str(self.words(status_code, **kwargs))
        self.finish({"status": status_code, "message": words, **more})

    def body(self, model: type[_Model]) -> _Model:
        """Return the body of the request. Raises Refused 400 with what is wrong, by field."""
        try:
            return model.model_validate_json(self.request.body)
        except ValidationError as error:
            fields = {".".join(map(str, e["loc"])): _message(e) for e in error.errors()}
            raise Refused(400, "The request is not understood.", fields=fields) from None

    def json(self) -> Any:
        """Return the body of the request as it is. Raises Refused 400."""
        try:
            return json_decode(self.request.body)
        except ValueError:
            raise Refused(400, "The body is no JSON.") from None


class NotFound(Page):
    """Any other address."""

    async def prepare(self) -> None:
        """Say so, whoever asks."""
        raise HTTPError(404)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say so on a page, or to a program."""
        api = self.request.path.startswith(f"{self.base}api/")
        (Api if api else Page).write_error(self, status_code, **kwargs)


def _message(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


_WORDS = {
    400: said("The request is not understood."),
    403: said("You may not do this here."),
    404: said("There is nothing at this address."),
    405: said("This address cannot be asked in that way."),
    413: said("This is too much at once."),
    500: said("Something went wrong. The log of the service has more."),
    502: said("The hub does not answer at the moment. Please try again in a minute."),
    503: said("The hub does not answer at the moment. Please try again in a minute."),
}


def log_request(handler: RequestHandler) -> None:
    """Log a request without its query, in which a token or a code may be."""
    status, request = handler.get_status(), handler.request
    level = logging.WARNING if status >= 500 else logging.INFO
    who = getattr(handler, "person", None) or "nobody"
    if isinstance(who, Person) and who.kind == "hub" and status < 400:
        level = logging.DEBUG  # every two seconds
    log.log(level, "%d %s %s (%s)", status, request.method, request.path, who)


def log_error(handler: RequestHandler, error: BaseException) -> None:
    """Log what nobody foresaw; a refusal stands in the line of its request, like this no query."""
    where = f"{handler.request.method} {handler.request.path}"
    if not isinstance(error, HTTPError):
        log.error("%s", where, exc_info=error)
    elif error.log_message and not isinstance(error, Refused):
        log.info("%s: %s", where, error)
