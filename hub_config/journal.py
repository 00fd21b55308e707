"""What the hub's log looks like: every line about a server says whose, which and in which job.

Under systemd lines carry their priority for the journal, and no time and colour, which the
journal has itself: https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html
"""

import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

from jupyterhub.log import CoroutineLogFormatter
from traitlets import log as traitlets_log

FORMAT = "%(name)s %(module)s:%(lineno)d  %(message)s"
_PRIORITY = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


class ServerLog(logging.LoggerAdapter[Any]):
    """Adds ``[who]`` to each line, asked anew for each."""

    def __init__(self, logger: Any, who: Callable[[], str]) -> None:
        super().__init__(logger)
        self._who = who

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        return f"{msg} [{self._who().replace('%', '%%')}]", kwargs


def log_of(spawner: Any) -> ServerLog:
    """Return the log of the hub for lines about this server: ``[alice/gpu job 4711]``."""

    def who() -> str:
        job = f" job {spawner.job_id}" if spawner.job_id else ""
        user = spawner.user.name if spawner.user else "?"  # traitlets' own tools make one
        return f"{user}/{spawner.name}{job}"

    return ServerLog(traitlets_log.get_logger(), who)


class JournalFormatter(CoroutineLogFormatter):  # type: ignore[misc]  # untyped upstream
    """One journal line per line, each with its priority."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        super().__init__(fmt=FORMAT, color=False)

    def format(self, record: logging.LogRecord) -> str:
        priority = next((p for level, p in _PRIORITY if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


def to_journal() -> bool:
    """Return whether what we log goes to the journal (systemd.exec, $JOURNAL_STREAM)."""
    stream = os.environ.get("JOURNAL_STREAM", "")
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return stream == f"{status.st_dev}:{status.st_ino}"


class WithoutRefusals(logging.Filter):
    """Drops JupyterHub's lines about a refused start, which our spawner has logged itself.

    One with a traceback (jupyterhub/handlers/pages.py, SpawnHandler._post) and "Not starting
    ann's server x: ..." (jupyterhub/user.py, User.spawn). *refusal* is the exception's class.
    """

    def __init__(self, refusal: type[Exception]) -> None:
        super().__init__()
        self._refusal = refusal

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], self._refusal):
            return False
        return not (record.module == "user" and str(record.msg).startswith("Not starting "))
