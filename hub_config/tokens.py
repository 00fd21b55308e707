"""A service has one token: the one it was given last.

JupyterHub adds what is new and keeps what was there before, so a token that was replaced would
open the API for ever (jupyterhub/app.py, ``_add_tokens``).
"""

import logging
from collections.abc import Mapping

from jupyterhub import orm
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
