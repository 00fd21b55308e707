"""What stands between users and the hub: the proxy, its public address, services beside the hub."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from hub_config.model.fields import Line, Strict, Unique, VariableName, VariableValue
from hub_config.model.places import Address, ApiUrl, ListenUrl, PublicUrl

_SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]")
_SCOPE = re.compile(r"[a-z][a-z:_-]*(?:![a-z]+(?:=[A-Za-z0-9_./@ -]+)?)?")


def _service_name(value: str) -> str:
    if not _SERVICE_NAME.fullmatch(value):
        raise ValueError(
            f'"{value[:40]}" cannot be the name of a service — write 3 to 32 small letters, '
            "digits and -, starting with a letter"
        )
    return value


def _scope(value: str) -> str:
    if not _SCOPE.fullmatch(value):
        raise ValueError(f'"{value[:60]}" is no scope — write for example read:metrics')
    return value


ServiceName = Annotated[
    str,
    AfterValidator(_service_name),
    WithJsonSchema({"type": "string", "pattern": f"^{_SERVICE_NAME.pattern}$"}),
]
"""Part of a path, a unit, a file and a domain name."""

Scope = Annotated[str, AfterValidator(_scope), WithJsonSchema({"type": "string"})]
"""https://jupyterhub.readthedocs.io/en/stable/rbac/scopes.html#available-scopes"""


class Proxy(Strict):
    """configurable-http-proxy: the only thing users talk to."""

    public_url: PublicUrl | None = Field(
        None, description="what users type, for example https://hub.example.org"
    )
    subdomains: bool = Field(
        False,
        description="every user's servers on a name of their own, alice.hub.example.org; "
        "needs a wildcard certificate and DNS entry",
    )
    trusted_proxies: Unique[Address] | None = Field(
        None,
        description="addresses whose X-Forwarded-For is believed; left out: 127.0.0.1 if there "
        "is a public_url",
    )
    listen: ListenUrl = Field("http://127.0.0.1:8000", description="where the proxy listens")
    api: ApiUrl = Field(
        "http://127.0.0.1:8001",
        description="where the hub steers it: a URL, or unix:///run/berth-proxy/api.sock",
    )
    start: bool = Field(
        False, description="true: the hub starts it (demo); false: it is a unit of its own"
    )
    command: tuple[Line, ...] = Field(
        ("configurable-http-proxy",), min_length=1, description="what the hub starts, if it does"
    )

    @property
    def socket(self) -> Path | None:
        """The socket of its API, if it has one."""
        return Path(self.api.removeprefix("unix://")) if self.api.startswith("unix:") else None

    @property
    def origin(self) -> str:
        """The public scheme, host and port; "" if there is no public address."""
        return self.public_url.removesuffix(self.prefix) if self.public_url else ""

    @property
    def prefix(self) -> str:
        """The path below which everything is: "" or "/jupyter"."""
        return urlsplit(self.public_url or self.listen).path.rstrip("/")


App = Literal["announcements", "accounts", "usage"]
_OURS: dict[str, dict[str, object]] = {
    "announcements": {"port": 10101},
    "accounts": {"port": 10102},
    "usage": {"port": 10103, "scopes": ("custom:usage:read",)},
}


class Service(Strict):
    """A program beside the hub, or somebody else's that only has a token."""

    app: App | None = Field(
        None,
        description="one of Berth's own, whose port, scopes and access come by themselves: "
        "announcements, accounts or usage",
    )
    command: tuple[Line, ...] = Field(
        (), description="what its unit runs, first an absolute path; left out: it runs elsewhere"
    )
    port: int | None = Field(
        None,
        ge=1024,
        le=65535,
        description="where it listens on 127.0.0.1; users reach it as /services/<name>/",
    )
    scopes: Unique[Scope] = Field((), description="what its token may do at the hub's REST API")
    access: Literal["admins", "everybody"] = Field("admins", description="who may log in to it")
    display: bool = Field(False, description="true: it is in the menu of those who may log in")
    environment: dict[VariableName, VariableValue] = Field(
        default_factory=dict, description="environment variables of its unit; no secrets"
    )
    start: bool = Field(
        False, description="true: the hub starts it (demo); false: it is a unit of its own"
    )

    @model_validator(mode="before")
    @classmethod
    def _ours(cls, values: Any) -> Any:
        """Fill in what Berth's own come with."""
        if not isinstance(values, dict) or values.get("app") not in _OURS:
            return values
        if values.get("command"):
            raise ValueError("has an app and a command — leave out one of them")
        everybody = {"access": "everybody", "display": True}
        return {**everybody, **_OURS[values["app"]], **values}
