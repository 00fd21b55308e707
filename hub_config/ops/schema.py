"""The schema of the database: which revision this release's JupyterHub wants, and the way there."""

import logging
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from jupyterhub import dbutil


def head() -> str:
    """Return the newest revision that this release's JupyterHub knows."""
    return _scripts().get_heads()[0]


def knows(revision: str) -> bool:
    """Return whether this release can convert a database of *revision*."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def upgrade(url: str) -> None:
    """Bring the database at *url* to ``head``."""
    logging.basicConfig(level=logging.INFO)
    # Its own copy of an SQLite file leaves out what is in the WAL.
    dbutil.upgrade_if_needed(url, backup=False, log=logging.getLogger("berth.schema"))


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(dbutil.ALEMBIC_DIR)))
    return ScriptDirectory.from_config(config)
