"""Files that a service serves itself, so that its pages look right while the hub is away."""

from pathlib import Path
from typing import Any

from tornado.web import StaticFileHandler

from hub_config.model.told import Told
from services.common.drawing import UPSTREAM
from services.common.handlers import HEADERS, log_error

_STOCK = UPSTREAM / "static/images/jupyterhub-80.png"


class Files(StaticFileHandler):
    """What a page loads: open to everybody as the hub's own, asked for again each time."""

    def set_default_headers(self) -> None:
        """Set what holds for each answer."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep a file only if they ask whether it is still the same."""
        self.set_header("Cache-Control", "no-cache")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what nobody foresaw."""
        log_error(self, value)


class Logo(Files):
    """One picture, always at the same address."""

    def initialize(self, file: Path) -> None:  # type: ignore[override]
        """Take the *file*."""
        super().initialize(str(file.parent))
        self._file = file.name

    async def get(self, path: str = "", include_body: bool = True) -> None:
        """Answer with the picture."""
        await super().get(self._file, include_body)

    async def head(self, path: str = "") -> None:
        """Answer as GET does."""
        await self.get(include_body=False)


def logo(told: Told) -> Path:
    """Return the file of the centre's logo, or of JupyterHub's if this service cannot read it."""
    own = Path(told.branding.logo) if told.branding.logo else _STOCK
    return own if own.is_file() else _STOCK
