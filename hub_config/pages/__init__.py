"""JupyterHub's pages where Berth's differ, and Berth's own below ``/hub/berth/``."""

from pathlib import Path
from typing import Any

from jupyterhub.handlers.static import CacheControlStaticFilesHandler

from hub_config.pages import (
    accounts,
    cluster,
    events,
    home,
    language,
    logs,
    memory,
    notices,
    pending,
    preview,
    server,
    spawn,
)

SWAPPED = {**home.SWAPPED, **pending.SWAPPED, **spawn.SWAPPED}
"""JupyterHub's handlers and what stands in their place."""


def routes(templates: Path) -> list[tuple[Any, ...]]:
    """Return the routes of Berth's own pages and files, below the hub's prefix."""
    static = {"path": str(templates / "static")}
    return [
        # Modules ask for each other without "?v=": those must not be kept unasked.
        (r"/berth/static/(.*)", CacheControlStaticFilesHandler, static),
        *accounts.ROUTES,
        *cluster.ROUTES,
        *events.ROUTES,
        *language.ROUTES,
        *logs.ROUTES,
        *memory.ROUTES,
        *notices.ROUTES,
        *preview.ROUTES,
        *server.ROUTES,
    ]
