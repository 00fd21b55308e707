"""What operators write in site.yml: one typed model, frozen, with its defaults."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from hub_config.model.fields import (
    HttpTimeout,
    Line,
    Name,
    ScriptPath,
    StartTimeout,
    Strict,
    UrlPath,
    Walltime,
)
from hub_config.model.login import Auth
from hub_config.model.places import Address, DatabaseUrl, FilePath, ListenUrl, Url

SECRETS = (("auth", "passwords"), ("hub", "database"))
"""Where values stand that no message and no listing may show."""


def is_secret(path: tuple[object, ...]) -> bool:
    """Return whether *path* leads to a secret, or to something within one."""
    return any(path[: len(secret)] == secret for secret in SECRETS)


class Link(Strict):
    """A link in the navigation bar or the footer."""

    text: Line = Field(max_length=60, description="what people read")
    url: Url = Field(description="where it leads")


class Hub(Strict):
    """Where the hub listens and keeps its things."""

    listen: ListenUrl = Field("http://127.0.0.1:8081", description="where the hub listens")
    connect_url: Url | None = Field(
        None, description="how jobs reach the hub; left out: as it listens"
    )
    data_dir: FilePath = Field(
        Path("/var/lib/berth"), description="folder of its database and cookie secret"
    )
    database: DatabaseUrl = Field("", description="SQLAlchemy URL; left out: SQLite in data_dir")
    named_servers: int = Field(
        4, ge=0, le=100, description="servers a user may have besides the default one"
    )
    slow_spawn_wait: Walltime = Field(
        10, description="how long a page waits for a server before it shows the pending page"
    )


class Proxy(Strict):
    """configurable-http-proxy: the only thing users talk to."""

    listen: ListenUrl = Field("http://127.0.0.1:8000", description="where the proxy listens")
    api: ListenUrl = Field("http://127.0.0.1:8001", description="where the hub steers it")
    start: bool = Field(
        False, description="true: the hub starts it (demo); false: it is a unit of its own"
    )
    command: tuple[Line, ...] = Field(
        ("configurable-http-proxy",), min_length=1, description="what the hub starts, if it does"
    )


class Scheduler(Strict):
    """Which scheduler, and how the hub reaches berth-agent."""

    type: Literal["slurm", "local"] = Field(description="local: processes of this machine")
    transport: Literal["direct", "sudo"] = Field(
        "sudo", description="how the hub calls berth-agent; direct: as itself (demo)"
    )
    agent_config: FilePath = Field(
        Path("/etc/berth/agent.toml"), description="the agent's own settings"
    )
    agent_python: str = Field(
        "", description="the interpreter that sudoers names; left out: the hub's own"
    )
    timeout: Walltime = Field(30, description="how long an answer of the agent may take")
    poll_interval: Walltime = Field(10, description="how often the scheduler is asked for all jobs")
    start_timeout: StartTimeout = Field(3600, description="how long a server may wait in the queue")
    http_timeout: HttpTimeout = Field(120, description="how long a server may take to boot")
    single_user_listen: Address = Field(
        "0.0.0.0",  # noqa: S104 - a server is reached from the proxy's machine
        description="address that servers listen on, on their node",
    )


class Application(Strict):
    """What opens when the server is ready."""

    title: Line = Field(max_length=60, description="what people read on the form")
    url: UrlPath = Field("/lab", description="path below the server's own address")


class Branding(Strict):
    """What makes the pages the centre's own."""

    name: Line = Field("Berth", max_length=60, description="the name of the service")
    welcome: str = Field("", max_length=600, description="a few sentences on the login page")
    logo: FilePath | None = Field(None, description="a picture for the navigation bar")
    links: tuple[Link, ...] = Field((), description="links in the navigation bar")
    footer: tuple[Link, ...] = Field((), description="links at the foot of each page")


class Site(Strict):
    """A whole site."""

    hub: Hub = Field(Hub(), description="where the hub listens and keeps its things")
    proxy: Proxy = Field(Proxy(), description="the only thing users talk to")
    auth: Auth = Field(description="who may log in, and how")
    scheduler: Scheduler = Field(description="which batch system, and how it is reached")
    applications: dict[Name, Application] = Field(
        default_factory=lambda: {"lab": Application(title="JupyterLab", url="/lab")},
        min_length=1,
        description="what a server can open with; the first is what the advanced form begins with",
    )
    user_script: ScriptPath | None = Field(
        None, description="script of the user that is read in the job, if it exists"
    )
    branding: Branding = Field(Branding(), description="what makes the pages the centre's own")
