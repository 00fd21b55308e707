"""Every page in the situations that look different, by name."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from hub_config.cluster.ledger import Entry
from hub_config.form import view
from hub_config.model.offer import Offer
from tests.pages.drawing import Server, User, example_offer, render


def spawn(
    *,
    offer: Offer | None = None,
    answers: object = None,
    errors: dict[str, str] | None = None,
    message: str = "",
    server_name: str = "",
    **variables: Any,
) -> str:
    """The spawn page, as hub_config.pages draws it."""
    form = view(
        offer or example_offer(),
        server_name=server_name,
        answers=answers,
        errors=errors or {},
        message=message,
        user="alice",
    )
    more = {"for_user": User(), "action": "/hub/spawn/alice", "server_name": server_name}
    return render("spawn.html", form=form, **more | variables)


def home(*servers: Server, named: bool = True, **variables: Any) -> str:
    user = User(servers=list(servers))
    return render("home.html", user=user, allow_named_servers=named, **variables)


def pending(server: Server, **variables: Any) -> str:
    server.user = server.user or User()
    progress = "/hub/api/users/alice/server/progress?_xsrf=the-token"
    return render("spawn_pending.html", spawner=server, progress_url=progress, **variables)


def stopping(server: Server, **variables: Any) -> str:
    return render("stop_pending.html", spawner=server, **variables)


def not_running(**variables: Any) -> str:
    given = {"failed": False, "server_name": "advanced", "spawn_url": "/hub/spawn/alice/advanced"}
    return render("not_running.html", **given | variables)


def login(**variables: Any) -> str:
    given = {
        "user": None,
        "authenticator_login_url": "/hub/login?next=",
        "authenticator": SimpleNamespace(request_otp=False),
        "username": "",
        "login_error": "",
    }
    return render("login.html", **given | variables)


def ended_lately(user: str) -> list[Entry]:
    """One server that ended by itself, as the runtime tells it."""
    return [
        Entry(
            uuid="a" * 32,
            user=user,
            server="advanced",
            ended=1772352300.0,
            state="OUT_OF_MEMORY",
            message="It used more memory than it had asked for.",
            log="slurmstepd: error: <Detected> 1 oom_kill event",
        )
    ]


BUSY = {
    "cores": "Partition shared allows 1 to 48 here; you asked for 72.",
    "command": "command is not open to choice here.",
}

SCENES: dict[str, Callable[[], str]] = {
    "form": spawn,
    "form of the advanced server": lambda: spawn(server_name="advanced"),
    "form of a GPU partition": lambda: spawn(answers={"profile": "advanced", "partition": "gpu"}),
    "refused advanced form": lambda: spawn(
        answers={"profile": "advanced", "cores": "72"}, errors=BUSY
    ),
    "refused preset form": lambda: spawn(
        answers={"profile": "gone"}, errors={"profile": "No such.", "account": "Choose."}
    ),
    "scheduler's refusal": lambda: spawn(message="sbatch: error: first\nsbatch: error: second"),
    "only presets": lambda: spawn(offer=replace(example_offer(), advanced=False)),
    "only advanced": lambda: spawn(offer=replace(example_offer(), presets={})),
    "nothing at all": lambda: spawn(offer=replace(example_offer(), presets={}, advanced=False)),
    "home without servers": home,
    "home with servers": lambda: home(
        Server(""), Server("preset"), Server("advanced", pending="spawn", ready=False),
        Server("third", pending="stop", ready=False), Server("old", active=False, ready=False),
    ),
    "home without named servers": lambda: home(Server(""), named=False),
    "home with a server that ended": lambda: home(Server("preset"), ended_lately=ended_lately),
    "not running after its end": lambda: not_running(ended_lately=ended_lately),
    "pending": lambda: pending(Server("", pending="spawn")),
    "pending advanced": lambda: pending(Server("advanced", pending="spawn")),
    "stopping": lambda: stopping(Server("advanced", pending="stop")),
    "failed": lambda: not_running(failed=True, failed_message="sbatch: error: no"),
    "failed without a word": lambda: not_running(failed=True, failed_message=None),
    "not running": not_running,
    "login": login,
    "login refused": lambda: login(login_error="Invalid username or password"),
}  # fmt: skip
"""Every page in the situations that look different."""
