"""Secrets that systemd hands to the hub (LoadCredential), as JupyterHub's settings.

They are files that only this unit sees, so they are in no environment that a child might
inherit, on no command line and in no configuration file:
https://systemd.io/CREDENTIALS
"""

import logging
import os
from binascii import a2b_hex
from pathlib import Path
from typing import Any

log = logging.getLogger("berth.credentials")


def read(name: str) -> str | None:
    """Return the secret *name*; None: the unit was not given one (a demo, a test)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    try:
        return Path(folder, name).read_text("ascii").strip() or None
    except FileNotFoundError:
        return None


def apply(c: Any) -> None:
    """Set what was given; what was not stays with JupyterHub's own ways to find it."""
    if token := read("proxy-token"):
        c.ConfigurableHTTPProxy.auth_token = token
    if secret := read("cookie-secret"):
        c.JupyterHub.cookie_secret = a2b_hex(secret)
    if keys := read("auth-state-key"):
        # The first one locks, all of them open (jupyterhub/crypto.py, CryptKeeper).
        c.CryptKeeper.keys = [key for key in keys.split(";") if key]
    if "services" in c.JupyterHub:
        _give_tokens(c)


def _give_tokens(c: Any) -> None:
    """Give each service its token; one that has none yet would be a client without a secret.

    What the hub starts itself is given one by JupyterHub.
    """
    specs = {spec["name"]: spec for spec in c.JupyterHub.services}
    tokens = {name: read(f"service-{name}") for name in specs}
    for name, spec in list(specs.items()):
        if token := tokens[name]:
            spec["api_token"] = token
        elif "command" not in spec:
            log.warning(
                "Service %s is left out: the unit was given no secret service-%s", name, name
            )
            del specs[name]
    c.JupyterHub.services = [*specs.values()]
    c.JupyterHub.load_roles = [
        role for role in c.JupyterHub.load_roles if specs.keys() >= {*role.get("services", ())}
    ]
