"""Field types of an LDAP directory: URLs, entries, filters, attributes."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from hub_config.model.fields import Walltime

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9;-]{0,63}")
_DN = re.compile(r"[A-Za-z0-9.]+=[^\x00-\x1f{}]+")


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        bad = parts.port == 0 or parts.username is not None or not value.isprintable()
    except ValueError:
        parts, bad = urlsplit(""), True
    rest = parts.path.rstrip("/") + parts.query + parts.fragment
    if bad or parts.scheme not in ("ldap", "ldaps") or not parts.hostname or rest or " " in value:
        raise ValueError(
            f'"{value[:60]}" is no LDAP server — write for example ldaps://ldap.example.org'
        )
    return value.rstrip("/")


def _dn(value: str) -> str:
    if not _DN.fullmatch(value):
        raise ValueError(f'"{value[:60]}" is no entry — write for example ou=people,dc=example')
    return value


def _dn_template(value: str) -> str:
    if value.count("{username}") != 1:
        raise ValueError(f'"{value[:60]}" does not have {{username}} once — write it in')
    _dn(value.replace("{username}", "x"))
    return value


def _filter(value: str) -> str:
    if not (value.startswith("(") and value.endswith(")") and value.count("(") == value.count(")")):
        raise ValueError(f'"{value[:60]}" is no filter — write for example (objectClass=person)')
    return value


def _group_filter(value: str) -> str:
    try:
        filled = value.format(userdn="", uid="")
    except (LookupError, ValueError):
        filled = value
    if filled == value:
        raise ValueError(
            f'"{value[:60]}" does not ask for one person — write {{userdn}} or {{uid}} in'
        )
    return _filter(value)


def _attribute(value: str) -> str:
    if not _ATTRIBUTE.fullmatch(value):
        raise ValueError(f'"{value[:40]}" is no attribute — write for example uid')
    return value


def _timeout(value: int) -> int:
    if value > 60:
        raise ValueError("is too long, a login would hang — write at most 60s")
    return value


_URL_SCHEMA: Any = WithJsonSchema({"type": "string", "pattern": "^ldaps?://[^ ]+$"})
LdapUrl = Annotated[str, AfterValidator(_url), _URL_SCHEMA]
Dn = Annotated[str, AfterValidator(_dn)]
DnTemplate = Annotated[str, AfterValidator(_dn_template)]
Filter = Annotated[str, AfterValidator(_filter)]
GroupFilter = Annotated[str, AfterValidator(_group_filter)]
AttributeName = Annotated[str, AfterValidator(_attribute)]
Timeout = Annotated[Walltime, AfterValidator(_timeout)]
