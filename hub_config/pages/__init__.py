"""JupyterHub's pages where Berth's differ, and Berth's own below ``/hub/berth/``."""

from pathlib import Path
from typing import Any

from tornado.web import StaticFileHandler

from hub_config.pages import language, spawn

SWAPPED = {**spawn.SWAPPED}
"""JupyterHub's handlers and what stands in their place."""


def routes(templates: Path) -> list[tuple[Any, ...]]:
    """Return the routes of Berth's own pages and files, below the hub's prefix."""
    static = {"path": str(templates / "static")}
    return [(r"/berth/static/(.*)", StaticFileHandler, static), *language.ROUTES]
