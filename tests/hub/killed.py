"""Runs the hub, and kills it with SIGKILL at the step whose name is in the file ``$KILL_AT``.

Only for tests: it wraps methods of the hub, each the first time that it is called with that name
in the file. The file is emptied first, so that the next hub lives.
"""

import asyncio
import functools
import inspect
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyterhub.proxy import Proxy
from jupyterhub.user import User

from hub_config import app
from hub_config.cluster.client import Client
from hub_config.cluster.ledger import Ledger
from hub_config.cluster.transport import CommandTransport
from hub_config.job import BatchJob
from hub_config.schedulers.local import Local
from hub_config.spawner import BerthSpawner

BEFORE: dict[str, tuple[type, str]] = {
    "before the intent": (Ledger, "intend"),
    "before the submission": (Client, "submit"),
    "submitted, answer not read": (Local, "read_submit"),
    "before the report": (BatchJob, "report"),
    "before the first answer": (BatchJob, "boot"),
    "before the route": (Proxy, "add_user"),
    "before the route is gone": (Proxy, "delete_user"),
    "before the stop": (User, "stop"),
    "before the cancel": (Client, "cancel"),
}
AFTER: dict[str, tuple[type, str]] = {
    "after the intent": (Ledger, "intend"),
    "after the submission": (Ledger, "submitted"),
    "after the report": (Ledger, "listening"),
    "after the first answer": (BerthSpawner, "_booted"),
    "after the route": (Proxy, "add_user"),
    "after the wish to stop": (Ledger, "want_end"),
    "after the cancel": (Client, "cancel"),
    "after the end": (Ledger, "ended"),
}
IN_BETWEEN = "in the submission"
STEPS = (*BEFORE, IN_BETWEEN, *AFTER)


def die(step: str) -> None:
    """End this process at once if it is the turn of *step*."""
    file = Path(os.environ["KILL_AT"])
    if step and file.read_text() == step:
        file.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: type, name: str, before: str = "", after: str = "") -> None:
    """Let ``owner.name`` die before or after it has done its work."""
    method: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        die(before)
        result = method(*args, **kwargs)
        die(after)
        return result

    @functools.wraps(method)
    async def later(*args: Any, **kwargs: Any) -> Any:
        die(before)
        result = await method(*args, **kwargs)
        die(after)
        return result

    setattr(owner, name, later if inspect.iscoroutinefunction(method) else call)


def die_while_asking() -> None:
    """Die when the agent has been given a submission; it carries it out by itself."""
    exchange = CommandTransport._exchange

    async def asked(self: CommandTransport, data: bytes) -> tuple[bytes, str]:
        task = asyncio.ensure_future(exchange(self, data))
        if b'"submit"' in data:
            await asyncio.sleep(0.05)
            die(IN_BETWEEN)
        return await task

    CommandTransport._exchange = asked  # type: ignore[method-assign]


if __name__ == "__main__":
    for step, (owner, name) in BEFORE.items():
        wrap(owner, name, before=step)
    for step, (owner, name) in AFTER.items():
        wrap(owner, name, after=step)
    die_while_asking()
    app.main()
