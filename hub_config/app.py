"""BerthHub: JupyterHub with the runtime made at start and a few handlers swapped."""

import os
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from sqlalchemy import text
from traitlets import Unicode

from hub_config import handlers, pages
from hub_config.callback import ReadyHandler
from hub_config.paths import templates
from hub_config.runtime import KEY, Runtime
from hub_config.spawner import READY_PATH

SWAPPED = {**pages.SWAPPED, **handlers.SWAPPED}

CONFIG = Path(__file__).with_name("jupyterhub_config.py")


class BerthHub(JupyterHub):  # type: ignore[misc]  # untyped upstream
    """The hub process. Its name stays jupyterhub, so c.JupyterHub settings apply."""

    name = "jupyterhub"

    config_file = Unicode(str(CONFIG), help="The layers of this package").tag(config=True)

    site_file = Unicode(help="Path of site.yml, set by hub_config/jupyterhub_config.py").tag(
        config=True
    )

    handlers: list[Any]

    def init_db(self) -> None:
        """Open the database; SQLite in WAL mode, so that readers do not wait for a writer."""
        super().init_db()
        if self.db.bind.dialect.name == "sqlite":
            self.db.execute(text("PRAGMA journal_mode=WAL"))
            self.db.commit()

    def init_tornado_settings(self) -> None:
        """Add the runtime to what every handler and spawner can reach."""
        super().init_tornado_settings()
        self.tornado_settings[KEY] = Runtime.from_file(Path(self.site_file))

    def init_handlers(self) -> None:
        """Swap pages, add the port report, and take batchspawner's own route away.

        Importing batchspawner registers it (batchspawner/api.py, last line); it takes more
        from a job than a port.
        """
        super().init_handlers()
        added = [(f"/api{READY_PATH}", ReadyHandler), pages.static_route(templates())]
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


if __name__ == "__main__":
    main()
