"""What a service is told of the site, and where it keeps its things."""

import os
from pathlib import Path

from sqlalchemy import URL, make_url

from hub_config.load import load_site
from hub_config.model.told import Told, tell


def load() -> Told:
    """Return what ``berth services`` has written for units, else what is in the site itself.

    ``$BERTH_TOLD`` is the path of the former, ``$BERTH_SITE`` that of site.yml, for services that
    the hub starts. Raises BadConfig, OSError, ValueError.
    """
    written = os.environ.get("BERTH_TOLD")
    if written:
        return Told.model_validate_json(Path(written).read_bytes())
    site = Path(os.environ.get("BERTH_SITE", "/etc/berth/site.yml")).resolve()
    return tell(load_site(site), site.parent)


def state_dir() -> Path:
    """Return the service's own folder; only the service may look into it."""
    given = os.environ.get("STATE_DIRECTORY") or os.environ.get("BERTH_STATE") or "."
    folder = Path(given.partition(":")[0]).resolve()  # systemd.exec(5)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def database(name: str) -> URL:
    """Return where the tables of service *name* are: SQLite in its folder if nothing else is said.

    A URL may hold a password, so a unit is given it as a credential.
    """
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    file = Path(given, "database") if given else None
    url = file.read_text().strip() if file and file.is_file() else ""
    return make_url(url or os.environ.get("BERTH_DATABASE") or f"sqlite:///{state_dir()}/{name}.db")
