"""What each person asked for last, pane by pane of the form, so that it need not be typed again.

The rows are in the hub's own database and written on the hub's own session, as the ledger's are
(``cluster.ledger``). They belong to the user's row there: they follow a new name, and go when the
user does. Nothing depends on them: a database that does not take or give them costs the memory.
"""

import json
import logging
import time
from collections.abc import Mapping

from jupyterhub import orm
from sqlalchemy import (
    Column,
    Delete,
    Float,
    ForeignKey,
    Insert,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

log = logging.getLogger("berth.remembered")

LONGEST = 8192
"""Characters of one pane's values; answers the gate lets through are far below that."""

_METADATA = MetaData()
_VALUES = Table(
    "berth_remembered",
    _METADATA,
    Column(
        "user_id", Integer, ForeignKey(orm.User.__table__.c.id, ondelete="CASCADE"),
        primary_key=True, autoincrement=False,
    ),
    Column("pane", String(16), primary_key=True),
    Column("answers", Text, nullable=False),
    Column("saved", Float, nullable=False),
)  # fmt: skip


class Remembered:
    """The last answers of everybody. No call raises; a refusing database is told of in the log."""

    def __init__(self, db: Session) -> None:
        self._db = db
        try:
            _METADATA.create_all(db.connection())
            db.commit()
        except SQLAlchemyError as error:
            self._failed("keep", error)

    def of(self, user_id: int) -> dict[str, dict[str, str]]:
        """Return the answers by pane, the pane used last first."""
        mine = select(_VALUES).where(_VALUES.c.user_id == user_id).order_by(_VALUES.c.saved.desc())
        try:
            rows = self._db.execute(mine).mappings().all()
        except SQLAlchemyError as error:
            self._failed("tell", error)
            return {}
        return {row["pane"]: _texts(row["answers"]) for row in rows}

    def keep(self, user_id: int, pane: str, answers: Mapping[str, str]) -> None:
        """Let these be the last answers of this pane."""
        text = json.dumps(dict(answers))
        if len(text) > LONGEST:
            return
        row = {"user_id": user_id, "pane": pane, "answers": text, "saved": time.time()}
        self._execute(_row(user_id, pane), insert(_VALUES).values(row))

    def forget(self, user_id: int, pane: str) -> None:
        """Let there be no last answers of this pane."""
        self._execute(_row(user_id, pane))

    def _execute(self, *statements: Delete | Insert) -> None:
        try:
            for statement in statements:
                self._db.execute(statement)
            self._db.commit()
        except SQLAlchemyError as error:
            self._failed("keep", error)

    def _failed(self, what: str, error: SQLAlchemyError) -> None:
        self._db.rollback()
        log.warning("The hub's database does not %s what users asked for last: %s", what, error)


def _row(user_id: int, pane: str) -> Delete:
    return delete(_VALUES).where(_VALUES.c.user_id == user_id, _VALUES.c.pane == pane)


def _texts(stored: str) -> dict[str, str]:
    try:
        answers = json.loads(stored)
    except ValueError:
        return {}
    pairs = answers.items() if isinstance(answers, dict) else ()
    return {name: value for name, value in pairs if isinstance(value, str)}
