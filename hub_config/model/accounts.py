"""What the centre knows of its users beside the scheduler: disk quotas, balances, homes.

Quotas and balances are read as Open OnDemand reads them, version 1 of its JSON, unchanged:
https://osc.github.io/ood-documentation/latest/customizations.html#disk-quota-warnings-on-dashboard
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from hub_config.model.fields import Strict, Unique, Walltime, text_like
from hub_config.model.places import is_loopback, is_url

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def _source(value: Any, info: ValidationInfo) -> Path | str:
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        raise ValueError("is neither a path nor a URL — write for example /var/lib/quota.json")
    if "://" not in value:
        return Path((info.context or {}).get("folder", ""), value)
    parts = urlsplit(value) if is_url(value) else None
    if parts is None or (parts.scheme == "http" and not is_loopback(parts.hostname or "")):
        raise ValueError(f'"{value[:60]}" is no https URL — write https://… or a path')
    return value


Source = Annotated[
    Path | str,
    PlainValidator(_source),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "examples": ["/var/lib/quota/home.json"]},
    ),
]
"""A file (absolute, or relative to the folder of site.yml), or an https URL."""

HostName = Annotated[
    str, *text_like(_HOST, "write the name of a machine, as login.example.org", "login.example.org")
]


NEAR = 0.95
"""The share of a limit from which on people are warned, as Open OnDemand does."""


class Checks(Strict):
    """What is looked at before a server starts, so that people read what to do about it."""

    home: bool | None = Field(
        None,
        description="whether the account and its home directory are there; left out: where jobs "
        "run as their users",
    )
    quota: Literal["refuse", "warn", "off"] = Field(
        "refuse", description="what a full quota of the home directory does to a start"
    )
    quota_age: Walltime = Field(
        3600, description="quotas that were counted longer ago than this only warn"
    )


class Accounts(Strict):
    """Where quotas and balances are told, and what is checked before a start."""

    quota: Unique[Source] = Field(
        (), description="files or https URLs with disk quotas, in Open OnDemand's format"
    )
    balance: Unique[Source] = Field(
        (), description="files or https URLs with balances of projects, in Open OnDemand's format"
    )
    login: HostName | None = Field(
        None, description="where people log in by SSH, named to those who have no home yet"
    )
    checks: Checks = Field(Checks(), description="what is checked before a server starts")
