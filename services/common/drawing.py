"""Pages: the hub's templates and style, drawn and served by the service itself.

So a page looks like the hub's, and still does while the hub is away.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

from hub_config.i18n.jinja import OPTIONS
from hub_config.model.told import Told
from hub_config.paths import templates
from hub_config.policy import numbered
from services.common.person import Person

UPSTREAM = Path(DATA_FILES_PATH)


@cache
def environment() -> Environment:
    """Return the templates of Berth over JupyterHub's, as the hub loads them."""
    stock = str(UPSTREAM / "templates")
    return Environment(
        loader=ChoiceLoader(
            [
                PrefixLoader({"templates": FileSystemLoader([stock])}, "/"),
                FileSystemLoader([str(templates()), stock]),
            ]
        ),
        autoescape=True,
        **numbered(OPTIONS),
    )


def draw(template: str, told: Told, base: str, who: Person | None, **more: Any) -> str:
    """Return a page of the service whose prefix is *base*, for *who* (None: nobody known)."""
    hub = f"{told.origin if told.subdomains else ''}{told.prefix}/hub/"
    namespace = {
        "told": told,
        "branding": told.branding,
        "base": base,
        "static": f"{base}static/",
        "static_url": lambda path, **_: f"{base}static/{path}",
        "language_url": f"{base}language/",
        "logo": f"{base}logo",
        "base_url": hub,
        "prefix": f"{told.prefix}/",
        "login_url": f"{hub}login",
        "logout_url": f"{hub}logout",
        "user": who,
        "no_spawner_check": True,
        "services": menu(told, who),
        "parsed_scopes": {"admin-ui": None} if who and who.admin else {},
        "xsrf_token": "",
    }
    return environment().get_template(template).render(namespace | more)


def menu(told: Told, who: Person | None) -> list[dict[str, Any]]:
    """Return the services of the menu: those this visitor may open."""
    return [
        {"name": entry.name, "href": address(told, entry.name), "info": {"app": entry.app}}
        for entry in told.menu
        if entry.everybody or (who and who.admin)
    ]


def address(told: Told, name: str) -> str:
    """Return where users find the service *name*."""
    host = ""
    if told.subdomains:
        scheme, _, rest = told.origin.partition("://")
        host = f"{scheme}://{name}--service.{rest}"
    return f"{host}{told.prefix}/services/{name}/"
