"""What operators write in site.yml: one typed model, frozen, with its defaults."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from hub_config.model.fields import Name, ScriptPath, Strict, UrlPath, UserName, Walltime


def _path(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError("is not a path — write for example /var/lib/berth")
    return Path((info.context or {}).get("folder", "/"), value)


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError(f"{value[:60]!r} is not a URL — write for example http://127.0.0.1:8000")
    return value.rstrip("/")


FilePath = Annotated[Path, BeforeValidator(_path)]
"""Absolute once loaded: in the file it may be relative to the folder of site.yml."""

Url = Annotated[str, AfterValidator(_url)]


class Link(Strict):
    """A link in the navigation bar or the footer."""

    text: str = Field(min_length=1, max_length=60)
    url: Annotated[str, AfterValidator(_url)]


class Hub(Strict):
    """Where the hub listens and keeps its things."""

    listen: Url = "http://127.0.0.1:8081"
    connect_url: Url | None = Field(None, description="how jobs reach the hub, if not as it listens")
    data_dir: FilePath = Path("/var/lib/berth")
    database: str = Field("", description="SQLAlchemy URL; empty: SQLite in data_dir")
    named_servers: int = Field(4, ge=0, le=100, description="servers a user may have besides one")
    slow_spawn_wait: Walltime = Field(10, validate_default=False)


class Proxy(Strict):
    """configurable-http-proxy: the only thing users talk to."""

    listen: Url = "http://127.0.0.1:8000"
    api: Url = "http://127.0.0.1:8001"
    start: bool = Field(False, description="true: the hub starts it (demo); false: its own unit does")
    command: tuple[str, ...] = Field(("configurable-http-proxy",))


class DictionaryAuth(Strict):
    """Names and scrypt hashes in this file (``berth hash-password``)."""

    method: Literal["dictionary"]
    passwords: dict[UserName, str]
    admins: tuple[UserName, ...] = Field(())
    allowed_users: tuple[UserName, ...] | None = Field(None)
    groups: dict[str, tuple[UserName, ...]] = Field(default_factory=dict)


class PamAuth(Strict):
    """The machine's own users, asked through berth-auth."""

    method: Literal["pam"]
    socket: FilePath = Path("/run/berth/auth.sock")
    admins: tuple[UserName, ...] = Field(())
    allowed_users: tuple[UserName, ...] | None = Field(None)
    groups: dict[str, tuple[UserName, ...]] = Field(default_factory=dict)


class Scheduler(Strict):
    """Which scheduler, and how the hub reaches berth-agent."""

    type: Literal["slurm", "local"]
    transport: Literal["direct", "sudo"] = "sudo"
    agent_config: FilePath = Path("/etc/berth/agent.toml")
    agent_python: str = Field("", description="the interpreter sudoers names; empty: the hub's own")
    timeout: Walltime = Field(30, validate_default=False)
    poll_interval: Walltime = Field(10, validate_default=False)
    start_timeout: Walltime = Field(3600, validate_default=False)
    http_timeout: Walltime = Field(120, validate_default=False)
    single_user_listen: str = Field("0.0.0.0", description="address servers listen on, on the node")


class Application(Strict):
    """What opens when the server is ready."""

    title: str = Field(min_length=1, max_length=60)
    url: UrlPath = "/lab"


class Branding(Strict):
    """What makes the pages the centre's own."""

    name: str = Field("Berth", min_length=1, max_length=60)
    welcome: str = Field("", max_length=600)
    logo: FilePath | None = None
    links: tuple[Link, ...] = Field(())
    footer: tuple[Link, ...] = Field(())


class Site(Strict):
    """A whole site."""

    hub: Hub = Hub()
    proxy: Proxy = Proxy()
    auth: Annotated[DictionaryAuth | PamAuth, Field(discriminator="method")]
    scheduler: Scheduler
    applications: dict[Name, Application] = Field(
        default_factory=lambda: {"lab": Application(title="JupyterLab", url="/lab")}, min_length=1
    )
    user_script: ScriptPath | None = Field(None, description="read in the job, if it exists")
    branding: Branding = Branding()
