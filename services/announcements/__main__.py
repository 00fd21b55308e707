"""The announcements service: ``python -m services.announcements``."""

from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from hub_config.model.told import Told
from services.announcements import api, pages
from services.announcements.board import Board
from services.announcements.folder import Folder
from services.announcements.store import Store
from services.common.app import App, run
from services.common.told import database


def make(told: Told) -> App:
    """Return the service of a site. Exits with words if its database cannot be opened."""
    where = database("announcements")
    try:
        store = Store(where)
    except SQLAlchemyError as error:
        raise SystemExit(f"{where!r} cannot be opened — is it there, and ours?\n{error}") from error
    board = Board(told, store, Folder(Path(told.folder)))
    return App([*pages.ROUTES, *api.ROUTES], state=board, close=store.close)


if __name__ == "__main__":
    run(make)
