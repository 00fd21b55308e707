"""What each person has read and put away, so that it is not shown to them again.

The rows are in the hub's own database and belong to the user's row there, as what the form
remembers does (``hub_config.remembered``). Nothing depends on them: a database that does not take
or give them shows an announcement once more.
"""

import logging
import time

from jupyterhub import orm
from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

log = logging.getLogger("berth.announcements")

KEPT = 400 * 86400.0
"""Seconds after which a row is forgotten; what is announced for longer is shown once a year."""

_METADATA = MetaData()
_ROWS = Table(
    "berth_put_away",
    _METADATA,
    Column(
        "user_id", Integer, ForeignKey(orm.User.__table__.c.id, ondelete="CASCADE"),
        primary_key=True, autoincrement=False,
    ),
    Column("notice", String(16), primary_key=True),
    Column("at", Float, nullable=False),
)  # fmt: skip


class PutAway:
    """The notices that people have put away. No call raises; the log tells of a refusal."""

    def __init__(self, db: Session) -> None:
        self._db = db
        try:
            _METADATA.create_all(db.connection())
            db.commit()
        except SQLAlchemyError as error:
            self._failed("keep", error)

    def of(self, user_id: int) -> frozenset[str]:
        """Return the ids of what this user has put away."""
        mine = select(_ROWS.c.notice).where(_ROWS.c.user_id == user_id)
        try:
            return frozenset(self._db.execute(mine).scalars())
        except SQLAlchemyError as error:
            self._failed("tell", error)
            return frozenset()

    def keep(self, user_id: int, notice: str) -> None:
        """Let this user have put it away; what is old is forgotten on the way."""
        now = time.time()
        row = (_ROWS.c.user_id == user_id) & (_ROWS.c.notice == notice)
        old = (_ROWS.c.user_id == user_id) & (_ROWS.c.at < now - KEPT)
        try:
            self._db.execute(delete(_ROWS).where(row | old))
            self._db.execute(insert(_ROWS).values(user_id=user_id, notice=notice, at=now))
            self._db.commit()
        except SQLAlchemyError as error:
            self._failed("keep", error)

    def _failed(self, what: str, error: SQLAlchemyError) -> None:
        self._db.rollback()
        log.warning("The hub's database does not %s what people put away: %s", what, error)
