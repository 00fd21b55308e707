"""The announcements service, as ``berth announce`` reaches it: its address and a token."""

import argparse
import json
import ssl
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from hub_config.cli.sites import is_a
from hub_config.load import load_site
from hub_config.ops.failure import Failed

_LOCAL = ("127.0.0.1", "::1", "localhost")
_PATIENCE = 30.0


class _Stay(urllib.request.HTTPRedirectHandler):
    """A token goes where it was sent and nowhere else; who is sent to the login has no right."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,
        headers: HTTPMessage, newurl: str,
    ) -> None:  # fmt: skip
        return None


@dataclass(frozen=True, slots=True)
class Service:
    """Its API at *url*; *cure* says what to look at when nothing answers."""

    url: str
    token: str
    cure: str
    ca: str | None = None

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer's JSON, None if it has none. Raises Failed."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        target = f"{self.url}api/v1/{path}"
        request = urllib.request.Request(target, data, headers, method=method)  # noqa: S310 - see find
        try:
            with self._opener().open(request, timeout=_PATIENCE) as answer:
                text = answer.read()
            return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise Failed(_refusal(error)) from error
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", error)
            raise Failed(
                f"no announcements service answers at {self.url}: {why}\n{self.cure}"
            ) from error
        except ValueError as error:
            raise Failed(f"what answers at {self.url} is no announcements service") from error

    def _opener(self) -> urllib.request.OpenerDirector:
        context = ssl.create_default_context(cafile=self.ca)
        direct = [urllib.request.ProxyHandler({})] if urlsplit(self.url).hostname in _LOCAL else []
        return urllib.request.build_opener(
            *direct, _Stay(), urllib.request.HTTPSHandler(context=context)
        )


def find(args: argparse.Namespace) -> Service:
    """Return the service of ``--url``, else that of this machine. Raises Failed, BadConfig."""
    if args.url:
        return Service(_address(args.url, args.service), _token(args.token_file), "", args.ca)
    path = Path(args.site)
    file = path / "site.yml" if is_a(Path.is_dir, path) else path
    site = load_site(file)
    ours = site.named("announcements")
    if not ours:
        cure = "add services: {announcements: {app: announcements}}, or say --url"
        raise Failed(f"{file} has no announcements service — {cure}")
    name = ours[0]
    token = _token(args.token_file or str(file.parent / "secrets" / f"service-{name}"))
    url = f"http://127.0.0.1:{site.services[name].port}{site.proxy.prefix}/services/{quote(name)}/"
    unit = f"berth-service@{name}"
    return Service(url, token, f"look at it: systemctl status {unit}; journalctl -u {unit}")


def _address(url: str, service: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failed(f"{url} is no address — write for example https://hub.example.org")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise Failed(f"{url} would show the token to others on the way — write https://")
    whole = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return f"{whole}/" if "/services/" in parts.path else f"{whole}/services/{quote(service)}/"


def _token(file: str) -> str:
    try:
        token = sys.stdin.readline() if file == "-" else Path(file).read_text("ascii")
    except (OSError, UnicodeError) as error:
        cure = "run this as root on the hub's machine, or say --url and --token-file"
        raise Failed(f"the token cannot be read: {error}\n{cure}") from error
    if not token.strip():
        raise Failed("the token is empty — nothing was tried")
    return token.strip()


def _refusal(error: urllib.error.HTTPError) -> str:
    try:
        said = json.loads(error.read())
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    words = str(said.get("message", ""))
    fields = (f"{name}: {text}" for name, text in dict(said.get("fields") or {}).items())
    if error.code in (301, 302, 303, 307, 308, 401, 403):
        cure = "the token must be that of somebody who may announce (announcements: in site.yml)"
        return f"refused: {words or error.reason}\n{cure}"
    seen = words or f"the service answered {error.code} {error.reason}"
    return "\n".join([f"not done: {seen}", *fields])
