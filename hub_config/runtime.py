"""Everything that lives as long as the hub: site, profiles, the cluster. Made once, in app.py.

Spawners and handlers find it in the tornado settings, under ``"berth"``.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from hub_config.announcements import Announced
from hub_config.announcements.putaway import PutAway
from hub_config.auth.passwords import parse as parse_password
from hub_config.checks import Checks
from hub_config.cluster.client import Client
from hub_config.cluster.facts import Facts
from hub_config.cluster.happened import Event
from hub_config.cluster.ledger import Ledger
from hub_config.cluster.poller import Poller
from hub_config.cluster.sight import LATE
from hub_config.cluster.transport import make_transport
from hub_config.cluster.waiting import Queue
from hub_config.cluster.watch import Watch
from hub_config.load import load_site
from hub_config.marks import Marks
from hub_config.model.offer import Offer, make_offer
from hub_config.model.request import JobRequest
from hub_config.model.resolve import Defaults, Unaffordable, resolve
from hub_config.model.site import Site
from hub_config.quota import Quotas
from hub_config.remembered import Remembered
from hub_config.schedulers import SCHEDULERS
from hub_config.store import ProfileStore
from hub_config.tokens import revoke

KEY = "berth"


@dataclass(eq=False, slots=True)
class Runtime:
    """The live objects, and the two questions everybody asks of them.

    ``marks``, ``ledger``, ``watch`` and ``remembered`` are there when the database is (``open``).
    """

    site: Site
    profiles: ProfileStore
    client: Client
    poller: Poller
    facts: Facts
    queue: Queue
    quotas: Quotas
    checks: Checks
    announced: Announced
    marks: Marks = field(init=False)
    ledger: Ledger = field(init=False)
    watch: Watch = field(init=False)
    remembered: Remembered = field(init=False)
    put_away: PutAway = field(init=False)

    @classmethod
    def from_file(cls, path: Path) -> "Runtime":
        """Return the runtime of the site in *path*. Raises BadConfig."""
        site = load_site(path, parse_password)
        scheduler = site.scheduler
        given = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]  # systemd.exec(5)
        transport = make_transport(scheduler, Path(given or site.hub.data_dir))
        client = Client(transport, SCHEDULERS[scheduler.type]())
        store = ProfileStore(path.resolve().parent / "profiles.d", site)
        queue, quotas = Queue(client.queue), Quotas(site.accounts)
        checks = Checks(site.accounts, client, quotas, _many_accounts(site))
        facts, told = Facts(client, queue), site.branding
        announced = Announced(told.announcements, told.news, reserved=facts.closings)
        facts.windows = announced.closings
        poller = Poller(client.jobs)
        return cls(site, store, client, poller, facts, queue, quotas, checks, announced)

    def open(self, db: Session, secret: bytes, tell: Callable[[Event], None]) -> None:
        """Begin to follow the jobs in the hub's database; *secret* is its cookie secret.

        *tell* is called with each event of the log.
        """
        scheduler = self.site.scheduler
        self.marks = Marks(secret)
        self.ledger = Ledger(db, keep_events=self.site.usage.keep_events, tell=tell)
        self.watch = Watch(
            self.poller,
            self.client,
            self.ledger,
            interval=scheduler.poll_interval,
            revoke=partial(revoke, db),
            late=max(LATE, 3.0 * scheduler.timeout),
            many_accounts=self.many_accounts,
        )
        self.watch.start()
        self.remembered, self.put_away = Remembered(db), PutAway(db)

    @property
    def many_accounts(self) -> bool:
        """Whether jobs run as the users themselves; False: all as the hub's own account."""
        return _many_accounts(self.site)

    async def offer(self, user: str, groups: frozenset[str]) -> Offer:
        """Return what *user*, a member of the hub groups *groups*, may choose now."""
        return make_offer(
            self.profiles.current(),
            self.site.applications,
            await self.facts.person(user, groups),
            await self.facts.nodes(),
            await self.facts.reservations(),
            self.site.scheduler.product,
        )

    async def resolve(self, user: str, groups: frozenset[str], answers: object) -> JobRequest:
        """Return the request of these answers. Raises BadAnswers.

        No budget refuses by figures that are older than a few seconds.
        """
        defaults = Defaults(
            self.site.scheduler.start_timeout,
            self.site.scheduler.http_timeout,
            self.site.user_script or "",
            self.site.single_user.environment,
        )
        try:
            return resolve(await self.offer(user, groups), answers, defaults)
        except Unaffordable:
            if not self.facts.doubt_budgets(user):
                raise
        return resolve(await self.offer(user, groups), answers, defaults)


def _many_accounts(site: Site) -> bool:
    return site.scheduler.transport != "direct"


def groups(user: Any) -> frozenset[str]:
    """Return the names of the hub groups of a JupyterHub user."""
    return frozenset(group.name for group in user.groups)
