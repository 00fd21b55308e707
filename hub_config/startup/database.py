"""What to tell an operator about a database that the hub cannot start with."""

from collections.abc import Mapping

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

_CURES: Mapping[str, str] = {
    "locked": "another program holds it (`fuser -v` with its path names it); once it is free, the"
    " hub starts",
    "not a database": "put a backup back with `berth restore`, or move it away: servers that run"
    " are then found again in the queue",
    "malformed": "put a backup back with `berth restore`, or move it away: servers that run are"
    " then found again in the queue",
    "full": "its file system is full: make room",
    "readonly": "its file, its folder or its file system cannot be written to by this account",
    "unable to open": "its folder is missing, or this account may not use it",
}
"""Cures by what SQLite says: https://www.sqlite.org/rescode.html"""


def unusable(url: str, error: SQLAlchemyError) -> str:
    """Return what was seen, where, and the likely cure; no password."""
    seen = " ".join(str(getattr(error, "orig", None) or error).split())
    cure = next((cure for word, cure in _CURES.items() if word in seen), "its server must answer")
    place = make_url(url).render_as_string(hide_password=True)
    return f"The database {place} cannot be used: {seen} — {cure}."
