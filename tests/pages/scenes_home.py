"""The home page and the page of a log in the situations that look different."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hub_config.pages.logs import JobLog
from hub_config.pages.servers import RUNNING, STARTING, STOPPING, Living, Past, Servers
from hub_config.said import said
from tests.pages.drawing import User, render

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""When the pages are drawn."""

OPTIONS = {"profile": "shared-1", "account": "bm0146", "log_name": "my & log"}


def living(name: str, state: str = RUNNING, **more: Any) -> Living:
    """A server whose job lives."""
    begun = state != STARTING
    left = timedelta(hours=2, minutes=5, seconds=30) if begun else None
    given: dict[str, Any] = {
        "name": name,
        "title": name or "default",
        "state": state,
        "profile": "1 core, 5 GB",
        "partition": "shared",
        "node": "l40021" if begun else "",
        "ends": NOW + left if left else None,
        "left": left,
    }
    return Living(**given | more)


def past(name: str, **more: Any) -> Past:
    """A server that ended by itself."""
    given: dict[str, Any] = {
        "name": name,
        "title": name or "default",
        "uuid": "a" * 32,
        "profile": "1 core, 5 GB",
        "ended": NOW - timedelta(minutes=55),
        "why": "It used more memory than it had asked for.",
        "surprise": True,
        "log": "slurmstepd: error: <Detected> 1 oom_kill event",
        "options": OPTIONS,
    }
    return Past(**given | more)


def home(
    *servers: Living, ended: tuple[Past, ...] = (), named: bool = True, limit: int = 4,
    **variables: Any,
) -> str:  # fmt: skip
    """The home page, as hub_config.pages.home draws it."""
    names = frozenset(filter(None, [*(s.name for s in servers), *(s.name for s in ended)]))
    given: dict[str, Any] = {
        "servers": Servers(living=servers, past=ended, named=names, limit=limit),
        "allow_named_servers": named,
        "typed": "",
        "trouble": "",
    }
    return render("home.html", **given | variables)


def log(**more: Any) -> str:
    """The page of a log, as hub_config.pages.logs draws it."""
    known: dict[str, Any] = {
        "job_id": "4711",
        "file": "~/berth_4711.log",
        "living": True,
        "text": "[I 2026-03-01] Serving <here>\n[W] & there\n" + "no end " * 60,
    }
    given: dict[str, Any] = {
        "owner": User(),
        "server_name": "preset",
        "title": "preset",
        "log": JobLog(**known | more),
        "now": NOW,
    }
    return render("logs.html", **given)


SCENES: dict[str, Callable[[], str]] = {
    "home without servers": home,
    "home with servers": lambda: home(
        living(""),
        living("preset"),
        living("advanced", STARTING),
        living("third", STOPPING),
        ended=(past("old", surprise=False, why=said("It was stopped."), log=""),),
    ),
    "home without named servers": lambda: home(living(""), named=False),
    "home with a server that ended": lambda: home(living("preset"), ended=(past("advanced"),)),
    "home with the last minutes of a server": lambda: home(
        living("preset", ends=NOW, left=timedelta(minutes=14))
    ),
    "home with as many servers as there may be": lambda: home(
        living("a"),
        living("b"),
        ended=(past("c", uuid="", ended=None, surprise=False, log="", options={}),),
        limit=3,
    ),
    "home with a wrong name": lambda: home(typed="Not Me", trouble="That is no name."),
    "log": log,
    "log of another's server": lambda: log(living=False, note="The file is gone."),
    "log that is not there yet": lambda: log(
        text="", note=said("The job has written nothing yet.")
    ),
}
