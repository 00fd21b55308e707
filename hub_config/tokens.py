"""Tokens that JupyterHub would keep for ever.

A service has one token, the one it was given last: JupyterHub adds what is new and keeps what was
there before (jupyterhub/app.py, ``_add_tokens``). A server's token ends with its job: after a
restart JupyterHub does not know it any more (jupyterhub/user.py, ``User.stop``).
"""

import logging
from collections.abc import Mapping

from jupyterhub import orm
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

log = logging.getLogger("berth.tokens")


def forget_replaced(db: Session, given: Mapping[str, str]) -> None:
    """Delete tokens of the services in site.yml that are not among *given* (token -> service)."""
    for service in db.query(orm.Service).filter(orm.Service.from_config):
        current = [token for token, name in given.items() if name == service.name]
        for kept in list(service.api_tokens):
            if not any(kept.match(token) for token in current):
                db.delete(kept)
                log.info("Forgot a replaced token of service %s", service.name)
    db.commit()


def revoke(db: Session, hashed: str) -> None:
    """Delete the token with this hash, if there is one. Raises SQLAlchemyError: it still counts."""
    if not hashed:
        return
    try:
        for token in db.query(orm.APIToken).filter_by(hashed=hashed):
            db.delete(token)
        db.commit()
    except SQLAlchemyError:
        db.rollback()
        raise
