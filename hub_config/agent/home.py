"""What a user's home directory is, and whether it is there. Looked at as the user."""

import json
import os
from functools import partial
from pathlib import Path, PurePosixPath

from hub_config.agent import process
from hub_config.agent.identity import Identity
from hub_config.schedulers.base import Reply


def answer(identity: Identity | None, timeout: float) -> Reply:
    """Return ``{"home": path, "real": path, "there": bool}`` as JSON; no account: ``{}``.

    ``real`` is where links lead to, which is what quotas are counted for. Raises Failure.
    """
    if identity is None:
        return Reply(0, "{}", "")
    return Reply(0, process.call(partial(_look, identity.home), identity, timeout), "")


def _look(home: PurePosixPath) -> str:
    try:
        Path(home).stat()  # which mounts it, where homes are mounted on demand
        there = True
    except FileNotFoundError:
        there = False
    except OSError:
        there = True  # it is something else that is wrong, which writing there will tell
    real = os.path.realpath(home)
    return json.dumps({"home": str(home), "real": real, "there": there})
