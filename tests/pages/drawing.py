"""Draws Berth's templates over JupyterHub's own, as the hub loads them.

Users and servers are stand-ins with just what the templates read of them; tests/hub draws the
pages with real ones.
"""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

from hub_config import i18n
from hub_config.i18n.jinja import OPTIONS
from hub_config.load import load_profiles, load_site
from hub_config.model.branding import Branding, Link
from hub_config.model.offer import NodeFacts, Offer, Person, make_offer
from hub_config.policy import numbered

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
SHARE = Path(DATA_FILES_PATH)
DKRZ = ROOT / "examples/dkrz"

BRANDING = Branding(
    name="Jupyter @ Example",
    welcome="Jupyter on the supercomputer.",
    links=(Link(text="Documentation", url="https://docs.example.org"),),
    footer=(Link(text="Privacy policy", url="https://www.example.org/privacy"),),
)


@dataclass
class Server:
    """What the templates read of a spawner."""

    name: str
    pending: str | None = None
    ready: bool = True
    active: bool = True
    display_name: str = ""
    user: Any = None
    started: datetime = datetime(2026, 3, 1, 8, 0)
    last_activity: datetime | None = datetime(2026, 3, 1, 9, 30)
    user_options: dict[str, str] = field(default_factory=dict)

    @property
    def orm_spawner(self) -> "Server":
        return self


@dataclass
class User:
    """What the templates read of a user."""

    name: str = "alice"
    servers: list[Server] = field(default_factory=list)
    groups: list[Any] = field(default_factory=list)
    spawner: Any = field(default_factory=lambda: SimpleNamespace(options_form="berth"))

    @property
    def escaped_name(self) -> str:
        return quote(self.name, safe="@~")

    @property
    def json_escaped_name(self) -> str:
        return json.dumps(self.name)[1:-1]

    def server_url(self, name: str = "") -> str:
        ours = f"/user/{self.escaped_name}/"
        return f"{ours}{quote(name)}/" if name else ours

    def all_spawners(self) -> list[Server]:
        return self.servers

    @property
    def spawners(self) -> dict[str, Server]:
        return {server.name: server for server in self.servers}


@cache
def _environment() -> Environment:
    """As JupyterHub.init_tornado_settings makes it (jupyterhub/app.py)."""
    stock = str(SHARE / "templates")
    return Environment(
        loader=ChoiceLoader(
            [
                PrefixLoader({"templates": FileSystemLoader([stock])}, "/"),
                FileSystemLoader([str(TEMPLATES), stock]),
            ]
        ),
        autoescape=True,
        enable_async=True,
        **numbered(OPTIONS),
    )


def _namespace() -> dict[str, Any]:
    """As BaseHandler.template_namespace makes it (jupyterhub/handlers/base.py)."""
    return {
        "base_url": "/hub/",
        "prefix": "/",
        "user": User(),
        "login_url": "/hub/login",
        "login_service": "",
        "logout_url": "/hub/logout",
        "static_url": lambda path, include_version=True: f"/hub/static/{path}",
        "version_hash": "",
        "services": [],
        "parsed_scopes": {},
        "expanded_scopes": set(),
        "xsrf": "the-token",
        "xsrf_token": "the-token",
        "branding": BRANDING,
        "berth_version": "1.2.3",
    }


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Draw what is rendered meanwhile in *language*."""
    before = i18n.current()
    i18n.use(language)
    try:
        yield
    finally:
        i18n.use(before)


def render(template: str, *, language: str = "", **variables: Any) -> str:
    """Return the page as HTML; *variables* are what its handler passes."""

    async def page() -> str:
        i18n.use(language or spoken)
        found = _environment().get_template(template)
        return await found.render_async(_namespace() | variables)

    # In a thread, because Playwright's synchronous API has an event loop running in this one.
    spoken = i18n.current()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, page()).result()


@cache
def example_offer() -> Offer:
    """alice of the climate project at the example centre, whose GPU nodes have four A100."""
    site = load_site(DKRZ / "site.yml")
    profiles = load_profiles(DKRZ / "profiles.d", site)
    alice = Person("alice", accounts=("bm0146", "ab0995"), qos=("normal", "training"))
    nodes = {
        "compute": NodeFacts(128, 240 * 1024, 8 * 3600),
        "gpu": NodeFacts(64, 500 * 1024, 12 * 3600, {"a100": 4}),
    }
    return make_offer(profiles, site.applications, alice, nodes, ("workshop",))
