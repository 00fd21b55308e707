"""JupyterHub's pages where Berth's differ, and Berth's own below ``/hub/berth/``."""

from pathlib import Path
from typing import Any

from tornado.web import StaticFileHandler

from hub_config.pages import cluster, home, language, logs, memory, pending, preview, server, spawn

SWAPPED = {**home.SWAPPED, **pending.SWAPPED, **spawn.SWAPPED}
"""JupyterHub's handlers and what stands in their place."""


def routes(templates: Path) -> list[tuple[Any, ...]]:
    """Return the routes of Berth's own pages and files, below the hub's prefix."""
    static = {"path": str(templates / "static")}
    return [
        (r"/berth/static/(.*)", StaticFileHandler, static),
        *cluster.ROUTES,
        *language.ROUTES,
        *logs.ROUTES,
        *memory.ROUTES,
        *preview.ROUTES,
        *server.ROUTES,
    ]
