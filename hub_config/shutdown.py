"""SIGTERM and SIGINT end the hub, whatever it is doing, and soon.

asyncio hands signals over through a pipe that every finished subprocess writes to as well; in a
burst of those it is full, and the signal is lost ("when trying to write to the signal wakeup fd",
https://docs.python.org/3.11/library/signal.html#signal.set_wakeup_fd). A handler of Python's own
is always called.
"""

import asyncio
import faulthandler
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from sqlalchemy.orm import Session

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SECONDS = 4.0
"""After which the hub ends as it is, its stacks in the log. Nothing is lost: what must survive is
in the database before anything is done about it."""


def obey(end: Callable[[signal.Signals], Coroutine[Any, Any, None]]) -> None:
    """Await ``end(signal)`` once one of SIGNALS has come; call this in the running loop."""
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []

    def begin(number: int) -> None:
        tasks.append(loop.create_task(end(signal.Signals(number))))

    def received(number: int, _frame: object) -> None:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        loop.call_soon_threadsafe(begin, number)

    for one in SIGNALS:
        loop.remove_signal_handler(one)
        signal.signal(one, received)


def leave(db: Session | None) -> NoReturn:
    """End the process, its database closed in good order.

    The interpreter would take every object apart one by one, seconds with a thousand servers, and
    wait for threads that wait for a name server.
    """
    if db is not None:
        engine = db.get_bind().engine
        db.close()
        engine.dispose()
    logging.shutdown()
    os._exit(0)
