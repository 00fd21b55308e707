"""Field types for places: paths, URLs, addresses to listen on, databases."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema


def _path(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value or "\n" in value:
        raise ValueError("is not a path — write for example /var/lib/berth")
    return Path((info.context or {}).get("folder", ""), value)


LONGEST = 2000
"""Characters of a URL that people follow: browsers and proxies take about as many."""


def _url(value: str) -> str:
    if len(value) > LONGEST:
        raise ValueError(f"has {len(value)} characters — write at most {LONGEST} characters")
    if _split(value, "https://docs.example.org/").path == "/":
        return value.rstrip("/")
    return value


def _listen(value: str) -> str:
    parts = _split(value, "http://127.0.0.1:8000")
    if not parts.port:
        raise ValueError(f'"{value[:60]}" has no port — write for example http://127.0.0.1:8000')
    if parts.query or parts.fragment:
        raise ValueError(f'"{value[:60]}" has a ? or # part — write only scheme, host and port')
    return value.rstrip("/")


def _api(value: str) -> str:
    if not value.startswith("unix:"):
        return _listen(value)
    path = value.removeprefix("unix://")
    if not re.fullmatch(r"/[\w./-]{1,100}", path, re.ASCII):
        raise ValueError(
            f'"{value[:60]}" is no socket — write for example unix:///run/berth-proxy/api.sock'
        )
    return value


def _public(value: str) -> str:
    parts = _split(value, "https://hub.example.org")
    if parts.query or parts.fragment:
        raise ValueError(f'"{value[:60]}" has a ? or # part — write only scheme, host and path')
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError(
            f'"{value[:60]}" would carry passwords for everybody to read — write https'
        )
    return value.rstrip("/")


def is_url(value: str) -> bool:
    """Return whether *value* is an address of the web."""
    try:
        _split(value, "")
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine and nobody else."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _split(value: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        if parts.port == 0 or parts.username is not None or not value.isprintable():
            raise ValueError
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in value:
        raise ValueError(f'"{value[:60]}" is not a URL — write for example {example}')
    return parts


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError(f'"{value[:60]}" is no IP address — write for example 0.0.0.0') from None


def _database(value: str) -> str:
    scheme, colon, _ = value.partition("://")
    if value and not (colon and scheme.replace("+", "").isalnum()):
        raise ValueError(
            "is no database URL — write for example postgresql://user:password@host/db"
        )
    if scheme == "postgres":
        raise ValueError('begins with "postgres:", which SQLAlchemy refuses — write postgresql:')
    return value


FilePath = Annotated[
    Path, BeforeValidator(_path), WithJsonSchema({"type": "string", "minLength": 1})
]
"""Absolute, or relative to the folder of site.yml."""

_URL_SCHEMA: Any = WithJsonSchema({"type": "string", "pattern": "^https?://[^ ]+$"})
Url = Annotated[
    str,
    AfterValidator(_url),
    WithJsonSchema({"type": "string", "pattern": "^https?://[^ ]+$", "maxLength": LONGEST}),
]
ListenUrl = Annotated[str, AfterValidator(_listen), _URL_SCHEMA]
PublicUrl = Annotated[str, AfterValidator(_public), _URL_SCHEMA]
ApiUrl = Annotated[
    str,
    AfterValidator(_api),
    WithJsonSchema({"type": "string", "pattern": "^(https?://[^ ]+|unix:///[^ ]+)$"}),
]
"""A URL, or ``unix://`` and the path of a socket."""
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Address = Annotated[str, AfterValidator(_address)]
