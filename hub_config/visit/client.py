"""A person at a hub, as a program: log in, read the spawn form, call the REST API.

It goes the way a browser goes, login form and cookies included, and needs no right that an
ordinary user does not have. Servers are in ``server``.
"""

import asyncio
import json
import signal
import ssl
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

import aiohttp

from hub_config.model.site import Site
from hub_config.ops.failure import Failed
from hub_config.visit.form import SpawnForm, read_form

_T = TypeVar("_T")

REQUEST_SECONDS = 60.0

_LOGIN_CURES = {
    403: "is the password right, and may this user log in (auth.allowed_users in site.yml)?",
    421: "use the name that the hub is known by (proxy.public_url in site.yml)",
    429: "too many logins lately: wait some minutes",
}


def visit(work: Coroutine[Any, Any, _T]) -> _T:
    """Run *work*; SIGTERM ends it as Ctrl-C does, so that it tidies up. Raises Failed for that."""

    async def until_told() -> _T:
        task = asyncio.create_task(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await task

    try:
        return asyncio.run(until_told())
    except asyncio.CancelledError:
        raise Failed("told to end before it was done; its servers are stopped") from None


class Hub:
    """A hub at *url* and one person's session there. Every method raises Failed.

    *ca*: a file of certificates to trust; None: those that this machine trusts.
    """

    def __init__(self, url: str, user: str, ca: Path | None = None) -> None:
        self.url, self.user = url.rstrip("/"), user
        self._tls = trust(ca)

    async def __aenter__(self) -> Self:
        # unsafe: cookies of hosts that are IP addresses, too (a hub on 127.0.0.1).
        self._jar = aiohttp.CookieJar(unsafe=True)
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        self._http = aiohttp.ClientSession(cookie_jar=self._jar, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self._http.close()

    def address(self, path: str) -> str:
        """Return the URL of a path of ours (``hub/login``) or of one the hub gave (``/user/…``)."""
        return urljoin(f"{self.url}/", path)

    async def log_in(self, password: str) -> None:
        """Fill the login form in and send it."""
        status, _, headers = await self.ask("GET", "hub/login")
        data = {"username": self.user, "password": password}
        options: dict[str, Any] = {"params": self._xsrf(), "data": data}
        if status == 200:
            status, _, headers = await self.ask("POST", "hub/login", **options)
        if status != 302:
            cure = _LOGIN_CURES.get(status, "look at the log of the hub")
            raise Failed(f"{self.url}/hub/login answered {status} to {self.user} — {cure}")
        await self.ask("GET", headers["Location"])

    async def log_out(self) -> None:
        """End the session."""
        await self.ask("GET", "hub/logout")

    async def form(self, server: str) -> SpawnForm:
        """Return the spawn form of a server that does not run."""
        status, page, _ = await self.ask("GET", f"hub/spawn/{self.user}/{server}")
        found = read_form(page)
        if status != 200 or not found.action:
            raise Failed(
                f"the spawn page answered {status} and shows no presets to {self.user}"
                " — are there any, and may users have named servers (hub.named_servers)?"
            )
        return found

    async def submit(self, form: SpawnForm, answers: Mapping[str, str]) -> None:
        """Press Start."""
        data = {**form.answers, **answers}
        status, page, _ = await self.ask("POST", form.action, params=self._xsrf(), data=data)
        if status != 302:
            said = read_form(page).trouble or f"it answered {status}"
            raise Failed(f"the hub refused the start: {said}")

    async def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and JSON of a REST call made with the session's cookies."""
        status, text, _ = await self.ask(
            method, f"hub/api/{path}", json=body, headers=self._headers()
        )
        return status, as_json(text)

    @asynccontextmanager
    async def events(self, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open a stream of events, which has no end of its own. Raises aiohttp's errors."""
        headers = {**self._headers(), "Accept": "text/event-stream"}
        limit = aiohttp.ClientTimeout(total=None, connect=REQUEST_SECONDS)
        url = self.address(f"hub/api/{path}")
        async with self._http.get(url, headers=headers, ssl=self._tls, timeout=limit) as response:
            yield response

    @asynccontextmanager
    async def socket(self, path: str, token: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a websocket of a server. Raises aiohttp's errors."""
        headers = {"Authorization": f"token {token}"}
        url = self.address(path)
        async with self._http.ws_connect(url, headers=headers, ssl=self._tls) as opened:
            yield opened

    async def ask(
        self, method: str, path: str, **options: Any
    ) -> tuple[int, str, Mapping[str, str]]:
        """Return status, body and headers of one request; redirects are not followed."""
        options |= {"ssl": self._tls, "allow_redirects": False}
        try:
            async with self._http.request(method, self.address(path), **options) as response:
                return response.status, await response.text(), response.headers
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Failed(unreachable(self.url, error)) from error

    def _headers(self) -> dict[str, str]:
        return {"X-XSRFToken": self._xsrf()["_xsrf"], "Referer": self.address("hub/home")}

    def _xsrf(self) -> dict[str, str]:
        # Its name has a prefix where cookies are bound to the host.
        values = [cookie.value for cookie in self._jar if cookie.key.endswith("_xsrf")]
        return {"_xsrf": values[-1] if values else ""}


def public_url(site: Site) -> str:
    """Return the URL that people type in."""
    return site.proxy.public_url or site.proxy.listen


def as_json(text: str) -> Any:
    """Return the JSON value in *text*, None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def trust(ca: Path | None) -> ssl.SSLContext:
    """Return what certificates are checked with. Raises Failed for a file that holds none."""
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise Failed(f"{ca}: no certificates can be read from it ({error})") from error


def unreachable(url: str, error: Exception) -> str:
    """Return why a URL cannot be had, with the likely cure."""
    reason = getattr(error, "certificate_error", None) or error
    said = str(reason) or type(error).__name__
    if isinstance(error, aiohttp.ClientSSLError):
        return f"{url}: TLS failed: {said} — name the centre's own CA with --ca, or mend the chain"
    return f"{url} cannot be reached: {said} — do nginx and the proxy run, is the name right?"
