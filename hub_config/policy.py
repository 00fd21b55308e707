"""What holds for every answer of the hub: the visitor's language, and which scripts may run.

Tornado makes a transform for each request before its handler runs, and asks it about the headers
(tornado/web.py, _HandlerDelegate.execute). A page runs the scripts that stand in templates, whose
tags carry a number that is new each time, and no other: not what a text brings into a page.
"""

import secrets
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

from hub_config import i18n

CSP = "Content-Security-Policy"
_nonce: ContextVar[str] = ContextVar("berth_nonce", default="")
_here: ContextVar[str] = ContextVar("berth_here", default="")


class Policy(OutputTransform):
    """One answer."""

    def __init__(self, request: HTTPServerRequest) -> None:
        cookie = request.cookies.get(i18n.COOKIE)
        accepted = request.headers.get("Accept-Language", "")
        i18n.use(i18n.choose(cookie.value if cookie else "", accepted))
        self._nonce = secrets.token_urlsafe(16)
        _nonce.set(self._nonce)
        _here.set(str(request.uri))

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add to the headers of a page what may run in it."""
        if headers.get("Content-Type", "").startswith("text/html"):
            known = (headers[CSP],) if CSP in headers else ()
            headers[CSP] = "; ".join((*known, *rules(self._nonce)))
            headers.add("Vary", "Accept-Language")
        return status_code, headers, chunk


def rules(nonce: str) -> tuple[str, ...]:
    """Return what a page may load; where forms lead is open, as logging in may lead elsewhere.

    JupyterHub's pages have styles in attributes, and Bootstrap its icons in data: addresses.
    """
    return (
        "default-src 'self'",
        f"script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
    )


def _now() -> datetime:
    return datetime.now(UTC)


class Nonces(Extension):
    """Gives the scripts in the sources of templates, JupyterHub's too, the number of the page."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(csp_nonce=_nonce.get, here=_here.get, now=_now)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with numbered script tags."""
        return source.replace("<script", '<script nonce="{{ csp_nonce() }}"')


def numbered(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of an environment whose pages run under this policy."""
    return {**options, "extensions": [*options.get("extensions", ()), Nonces]}
