"""What operators write in site.yml: one typed model, frozen, with its defaults."""

from pathlib import Path

from pydantic import Field

from hub_config.model.accounts import Accounts
from hub_config.model.announcement import Announcing
from hub_config.model.branding import Branding
from hub_config.model.edge import App, Proxy, Service, ServiceName
from hub_config.model.fields import (
    Line,
    Name,
    ScriptPath,
    Strict,
    UrlPath,
    Walltime,
)
from hub_config.model.login import Auth
from hub_config.model.places import DatabaseUrl, FilePath, ListenUrl, Url
from hub_config.model.scheduler import Scheduler
from hub_config.model.single_user import SingleUser
from hub_config.model.usage import Usage

SECRETS = (
    ("auth", "passwords"),
    ("hub", "database"),
    ("announcements", "database"),
    ("usage", "database"),
)
"""Where values stand that no message and no listing may show."""


def is_secret(path: tuple[object, ...]) -> bool:
    """Return whether *path* leads to a secret, or to something within one."""
    return any(path[: len(secret)] == secret for secret in SECRETS)


class Hub(Strict):
    """Where the hub listens and keeps its things."""

    listen: ListenUrl = Field("http://127.0.0.1:8081", description="where the hub listens")
    connect_url: Url | None = Field(
        None, description="how jobs reach the hub; left out: proxy.public_url, else as it listens"
    )
    data_dir: FilePath = Field(
        Path("/var/lib/berth"), description="folder of its database and cookie secret"
    )
    database: DatabaseUrl = Field("", description="SQLAlchemy URL; left out: SQLite in data_dir")
    named_servers: int = Field(
        4,
        ge=0,
        le=100,
        description="servers a user may have besides the default one; preset and advanced count",
    )
    slow_spawn_wait: Walltime = Field(
        10, description="how long a page waits for a server before it shows the pending page"
    )


class Application(Strict):
    """What opens when the server is ready."""

    title: Line = Field(max_length=60, description="what people read on the form")
    url: UrlPath = Field("/lab", description="path below the server's own address")


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
    services: dict[ServiceName, Service] = Field(
        default_factory=dict, description="programs beside the hub, and tokens for others"
    )
    user_script: ScriptPath | None = Field(
        None,
        description="script of the user that is read in the job, if it exists; users may leave it "
        "out of a start",
    )
    single_user: SingleUser = Field(
        SingleUser(), description="the servers themselves: idle ends, environment variables"
    )
    announcements: Announcing = Field(Announcing(), description="who may announce")
    accounts: Accounts = Field(
        Accounts(), description="projects, budgets, quotas, and what is checked before a start"
    )
    usage: Usage = Field(Usage(), description="the statistics of starts")
    branding: Branding = Field(Branding(), description="what makes the pages the centre's own")

    def named(self, app: App) -> tuple[str, ...]:
        """Return the names of the services that are *app*, the one that counts first."""
        return tuple(name for name, service in self.services.items() if service.app == app)

    def database_of(self, service: str) -> str:
        """Return the URL of a service's database; "": files in its own folder."""
        urls = {"announcements": self.announcements.database, "usage": self.usage.database}
        found = self.services.get(service)
        return urls.get(found.app or "", "") if found else ""
