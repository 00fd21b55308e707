"""Everything that lives as long as the hub: site, profiles, the cluster. Made once, in app.py.

Spawners and handlers find it in the tornado settings, under ``"berth"``.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_config.auth.passwords import parse as parse_password
from hub_config.cluster.client import Client
from hub_config.cluster.facts import Facts
from hub_config.cluster.poller import Poller
from hub_config.cluster.transport import make_transport
from hub_config.load import load_site
from hub_config.model.offer import Offer, make_offer
from hub_config.model.request import JobRequest
from hub_config.model.resolve import Defaults, resolve
from hub_config.model.site import Site
from hub_config.schedulers import SCHEDULERS
from hub_config.store import ProfileStore

KEY = "berth"


@dataclass(frozen=True, slots=True)
class Runtime:
    """The live objects, and the two questions everybody asks of them."""

    site: Site
    profiles: ProfileStore
    client: Client
    poller: Poller
    facts: Facts

    @classmethod
    def from_file(cls, path: Path) -> "Runtime":
        """Return the runtime of the site in *path*. Raises BadConfig."""
        site = load_site(path, parse_password)
        scheduler = site.scheduler
        given = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]  # systemd.exec(5)
        transport = make_transport(scheduler, Path(given or site.hub.data_dir))
        client = Client(transport, SCHEDULERS[scheduler.type]())
        store = ProfileStore(path.resolve().parent / "profiles.d", site)
        return cls(site, store, client, Poller(client.jobs), Facts(client))

    @property
    def many_accounts(self) -> bool:
        """Whether jobs run as the users themselves; False: all as the hub's own account."""
        return self.site.scheduler.transport != "direct"

    async def offer(self, user: str, groups: frozenset[str]) -> Offer:
        """Return what *user*, a member of the hub groups *groups*, may choose now."""
        return make_offer(
            self.profiles.current(),
            self.site.applications,
            await self.facts.person(user, groups),
            await self.facts.nodes(),
            await self.facts.reservations(),
        )

    async def resolve(self, user: str, groups: frozenset[str], answers: object) -> JobRequest:
        """Return the request of these answers. Raises BadAnswers."""
        defaults = Defaults(
            self.site.scheduler.start_timeout,
            self.site.scheduler.http_timeout,
            self.site.user_script or "",
            self.site.single_user.environment,
        )
        return resolve(await self.offer(user, groups), answers, defaults)


def groups(user: Any) -> frozenset[str]:
    """Return the names of the hub groups of a JupyterHub user."""
    return frozenset(group.name for group in user.groups)
