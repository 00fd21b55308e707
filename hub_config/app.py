"""BerthHub: JupyterHub with the runtime made at start and a few handlers swapped."""

import asyncio
import gc
import logging
import os
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.log import CoroutineLogFormatter
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from tornado.ioloop import PeriodicCallback
from traitlets import Unicode

from hub_config import handlers, health, journal, pages, policy, shutdown
from hub_config.announcements import Published
from hub_config.callback import ReadyHandler
from hub_config.events import Sender
from hub_config.metrics import BerthCollector
from hub_config.model.edge import Proxy
from hub_config.pages.notices import TEMPLATES, Notices
from hub_config.paths import templates
from hub_config.refusal import SpawnRefused
from hub_config.routes import connector, keep_routes
from hub_config.runtime import KEY, Runtime
from hub_config.spawner import READY_PATH
from hub_config.startup.database import unusable
from hub_config.startup.takeover import Takeover
from hub_config.tokens import forget_replaced

SWAPPED = {**pages.SWAPPED, **handlers.SWAPPED}

CONFIG = Path(__file__).with_name("jupyterhub_config.py")

LOOK_MS = 1000
"""How often the profiles are looked at: an edit is live, or its mistakes logged, by itself."""


class BerthHub(JupyterHub):  # type: ignore[misc]  # untyped upstream
    """The hub process. Its name stays jupyterhub, so c.JupyterHub settings apply."""

    name = "jupyterhub"

    config_file = Unicode(str(CONFIG), help="The layers of this package").tag(config=True)

    site_file = Unicode(help="Path of site.yml, set by hub_config/jupyterhub_config.py").tag(
        config=True
    )

    handlers: list[Any]

    _published: Published | None = None

    @property
    def _log_formatter_cls(self) -> type[CoroutineLogFormatter]:
        return journal.JournalFormatter if journal.to_journal() else CoroutineLogFormatter

    async def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Let Berth's own loggers speak through the hub's, from the first line on."""
        ours = logging.getLogger("berth")
        ours.parent = self.log
        ours.setLevel(self.log.level)
        for handler in self.log.handlers:
            handler.addFilter(journal.WithoutRefusals(SpawnRefused))
        try:
            await super().initialize(*args, **kwargs)
        except SQLAlchemyError as error:
            self.log.debug("The database", exc_info=True)
            self.log.critical(unusable(self.db_url, error))
            self.exit(1)

    async def start(self) -> None:
        """Start, and look at the profiles from now on."""
        runtime = getattr(self, "tornado_settings", {}).get(KEY)
        if runtime:
            REGISTRY.register(BerthCollector(runtime, self.users.values))
        await super().start()
        # What a start has made stays for good; to walk over it would cost a visitor 75 ms now and
        # then: https://docs.python.org/3/library/gc.html#gc.freeze
        gc.collect()
        gc.freeze()
        if runtime:
            PeriodicCallback(runtime.profiles.look, LOOK_MS).start()
            self._keep_routes(runtime.site.proxy)
            self._hear_announcements()

    async def start_service(self, service_name: str, service: Any, ssl_context: Any = None) -> bool:
        """Start a service that is ours to start, and wait for none.

        JupyterHub waits for each in turn before it gives any of them a route, and ends when one
        that it starts takes too long (jupyterhub/app.py, ``start_service``). Whoever asks one that
        is not there is told so by the page that the proxy shows then (templates/error.html).
        """
        if service.managed:
            self.log.info("Starting service %s", service_name)
            await service.start()
        return True

    async def cleanup(self) -> None:
        """End, and before that all services that the hub has started, at the same time.

        JupyterHub ends one after the other, the last of them after what `shutdown` waits for.
        """
        started = [service for service in self._service_map.values() if service.managed]
        await asyncio.gather(*(service.stop() for service in started), return_exceptions=True)
        await super().cleanup()

    def _keep_routes(self, proxy: Proxy) -> None:
        """Give a proxy that somebody else restarts its routes back at once."""
        if self.proxy.should_start:
            return  # JupyterHub looks after its own child (ConfigurableHTTPProxy.check_running)

        async def restore() -> None:
            await self.proxy.check_routes(self.users, self._service_map)

        watch = keep_routes(connector(proxy.api, proxy.socket), restore)
        self._route_watch = asyncio.create_task(watch)  # kept, or it would be collected

    def _announce(self, runtime: Runtime) -> None:
        """Let pages announce what site.yml, the scheduler and, if there is one, a service say."""
        settings, announced, url = self.tornado_settings, runtime.announced, ""
        announced.clock = settings.get("berth_clock", announced.clock)
        ours = runtime.site.named("announcements")
        for name in [name for name in ours if name in self._service_map][:1]:
            url = f"{runtime.site.proxy.prefix}/services/{name}/"
            place = f"http://127.0.0.1:{runtime.site.services[name].port}{url}api/v1/published"
            token, folder = self._service_map[name].api_token, runtime.site.hub.data_dir
            self._published = Published(place, token, folder)
            announced.published = self._published.last
        settings["template_vars"][TEMPLATES] = Notices(announced, runtime.put_away, url)

    def _hear_announcements(self) -> None:
        """Ask the service for its announcements from now on."""
        if self._published:
            self._hearing = asyncio.create_task(self._published.follow())

    def init_db(self) -> None:
        """Open the database; SQLite in WAL mode, so that readers do not wait for a writer."""
        super().init_db()
        if self.db.bind.dialect.name == "sqlite":
            self.db.execute(text("PRAGMA journal_mode=WAL"))
            self.db.commit()

    async def init_api_tokens(self) -> None:
        """Load the tokens of services, and forget those that were replaced."""
        await super().init_api_tokens()
        # Those that JupyterHub has just made for what it starts itself are in no configuration.
        made = {service.api_token: name for name, service in self._service_map.items()}
        forget_replaced(self.db, self.service_tokens | made)

    def init_tornado_settings(self) -> None:
        """Add the runtime to what every handler and spawner can reach."""
        super().init_tornado_settings()
        self.tornado_settings["transforms"] = [policy.Policy]
        runtime = self.tornado_settings[KEY] = Runtime.from_file(Path(self.site_file))
        runtime.open(self.db, self.cookie_secret, Sender(self.eventlog))
        self.tornado_settings["template_vars"]["profile_store"] = runtime.profiles
        self.tornado_settings["template_vars"]["poller"] = runtime.poller
        runtime.profiles.look()
        self._announce(runtime)
        self._takeover = Takeover(self)

    async def init_spawners(self) -> int:
        """Take over the servers that are there, in place of JupyterHub's checks one by one."""
        return await self._takeover.begin()

    def init_signal(self) -> None:
        """Obey SIGTERM at any moment."""
        super().init_signal()
        shutdown.obey(self.shutdown_cancel_tasks)

    def init_handlers(self) -> None:
        """Swap pages, add the port report, and take batchspawner's own route away.

        Importing batchspawner registers it (batchspawner/api.py, last line); it takes more
        from a job than a port.
        """
        super().init_handlers()
        added = [
            (f"/api{READY_PATH}", ReadyHandler),
            *pages.routes(templates()),
            health.route(self.tornado_settings[KEY], Path(self.site_file), self.db.bind),
        ]
        kept = [
            (pattern, SWAPPED.get(handler, handler), *rest)
            for pattern, handler, *rest in self.handlers
            if not handler.__module__.startswith("batchspawner")
        ]
        self.handlers = self.add_url_prefix(self.hub_prefix, added) + kept


def main() -> None:
    """Run the hub of the site in $BERTH_SITE (a path of site.yml)."""
    os.umask(0o077)
    BerthHub.launch_instance()
    shutdown.leave(getattr(BerthHub.instance(), "db", None))


if __name__ == "__main__":
    main()
