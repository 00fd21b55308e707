"""Where an installed Berth has its things; ``root`` is another folder in tests."""

from dataclasses import dataclass
from pathlib import Path

from hub_config.model.site import Site

HUB_USER = "berth"
HUB = "berth-hub.service"
PROXY = "berth-proxy.service"
BESIDE = ("berth-agent.service", "berth-auth.service", "berth-service@*.service")
"""Units that run a release's code besides the hub; a switch restarts those that run."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below *root*, none of which need exist."""

    root: Path = Path("/")

    @property
    def etc(self) -> Path:
        return self.root / "etc" / "berth"

    @property
    def site(self) -> Path:
        return self.etc / "site.yml"

    @property
    def secrets(self) -> Path:
        return self.etc / "secrets"

    @property
    def opt(self) -> Path:
        return self.root / "opt" / "berth"

    @property
    def releases(self) -> Path:
        return self.opt / "releases"

    @property
    def current(self) -> Path:
        return self.opt / "current"

    @property
    def previous(self) -> Path:
        return self.opt / "previous"

    @property
    def attempt(self) -> Path:
        """Where a switch under way keeps what it has done so far."""
        return self.opt / "switching.json"

    @property
    def history(self) -> Path:
        """One JSON object a line for every switch that was completed."""
        return self.opt / "history.jsonl"

    @property
    def lock(self) -> Path:
        return self.opt / ".lock"

    def kept_by(self, service: str) -> Path:
        """Return the folder of one of Berth's own services."""
        return self.root / "var" / "lib" / f"berth-service-{service}"

    @property
    def backups(self) -> Path:
        return self.root / "var" / "backups" / "berth"

    @property
    def copies(self) -> Path:
        """Databases as they were before a switch."""
        return self.backups / "upgrades"

    @property
    def settings(self) -> Path:
        """Settings that each release was last found well with, and those an older one refused."""
        return self.backups / "settings"

    def kept(self, release: str) -> Path:
        """The settings that one release was last found well with."""
        return self.settings / f"{release}.tar.gz"

    @property
    def deployed(self) -> Path:
        """The playbook's note of the files it brought."""
        return self.root / "var" / "cache" / "berth" / "deployed"


def hub_url(site: Site, path: str) -> str:
    """Return the URL of *path* below ``/hub`` as this machine reaches it, past the proxy."""
    listen = site.hub.listen.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    return f"{listen.rstrip('/')}{site.proxy.prefix}/hub{path}"
