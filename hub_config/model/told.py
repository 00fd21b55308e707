"""What Berth's own programs beside the hub are told of site.yml: nothing that is secret."""

from pathlib import Path

from hub_config.model.announcement import Announcing
from hub_config.model.branding import Branding
from hub_config.model.fields import Line, Name, Strict
from hub_config.model.site import Application, Site
from hub_config.model.usage import Usage


class MenuEntry(Strict):
    """A service in the menu. ``name`` is that of the service, ``app`` ours or empty."""

    name: Line
    app: str
    everybody: bool


class Told(Strict):
    """The site, for services. Databases are none of its secrets: they come with the unit."""

    folder: str
    """Of site.yml, absolute."""
    prefix: str
    """The path below which everything is: "" or "/jupyter"."""
    origin: str
    """The public scheme, host and port; "" if there is no public address."""
    subdomains: bool
    branding: Branding
    applications: dict[Name, Application]
    menu: tuple[MenuEntry, ...]
    groups: tuple[Line, ...]
    """Groups known from site.yml: of people and of profiles."""
    announcements: Announcing
    usage: Usage


def tell(site: Site, folder: Path) -> Told:
    """Return what services may know of *site*, whose site.yml is in *folder*."""
    services = site.services.items()
    return Told(
        folder=str(folder),
        prefix=site.proxy.prefix,
        origin=site.proxy.origin,
        subdomains=site.proxy.subdomains,
        branding=site.branding,
        applications=site.applications,
        menu=tuple(
            MenuEntry(name=name, app=one.app or "", everybody=one.access == "everybody")
            for name, one in services
            if one.display and one.port
        ),
        groups=tuple(sorted({*site.auth.groups, *site.announcements.group_editors})),
        announcements=site.announcements.model_copy(update={"database": ""}),
        usage=site.usage.model_copy(update={"database": ""}),
    )
