"""Pages of an invented centre with a cluster, drawn: nobody needs one to take their pictures."""

import time
from collections.abc import Callable
from unittest.mock import patch

from hub_config.model.branding import Branding
from hub_config.pages.servers import STARTING
from tests.pages.drawing import Server
from tests.pages.scenes import pending, stopping
from tests.pages.scenes_form import busy, spawn
from tests.pages.scenes_home import home, living, past
from tests.pages.scenes_waiting import EARLY, Start, broken, ended, job
from tests.screens.studio import NOW

CENTRE = Branding.model_validate_json(
    """{
    "name": "Jupyter @ Example",
    "phase": "beta",
    "contact": "support@example.org",
    "welcome": "Notebooks on the supercomputer: the hub asks the batch system for cores, memory and
        GPUs, and starts your server on a compute node.",
    "maintenance": "Next maintenance: Tuesday 10 March, 8:00 to 12:00.",
    "notices": ["Before your first visit, log in once by SSH: that makes your home directory."],
    "links": [{"text": "Documentation", "url": "https://docs.example.org"}],
    "footer": [{"text": "Legal notice", "url": "https://www.example.org/legal"},
               {"text": "Privacy policy", "url": "https://www.example.org/privacy"}],
    "news": [
        {"date": "2026-03-01", "title": "R 4.5 is there", "text": "As a kernel of its own.",
         "url": "https://www.example.org/r"},
        {"date": "2026-02-12", "title": "More GPUs", "text": "Partition gpu has ten new nodes."}]
}""".replace("\n        ", " ")
)


def _home() -> str:
    return home(
        living("preset", profile="2.5 GB memory, 1 core, shared, 12:00h", node="l40021"),
        living("advanced", STARTING, profile="advanced", partition="gpu"),
        ended=(past("analysis", profile="10 GB memory, 4 cores, shared, 12:00h"),),
        branding=CENTRE,
    )


def _form(server_name: str = "", **answers: str) -> str:
    return spawn(overview=busy(), server_name=server_name, answers=answers or None, branding=CENTRE)


QUEUED = job(start="2026-03-02T10:15:00", reason="Resources")


def _waiting() -> str:
    return pending(Server("advanced", pending="spawn"), QUEUED, branding=CENTRE)


def events() -> list[dict[str, object]]:
    """Return what the waiting page hears of its job."""
    with patch.object(time, "time", return_value=NOW.timestamp()):
        return [Start(QUEUED).event()]


def _then(draw: Callable[[], str]) -> Callable[[], str]:
    """Draw at NOW, as the browser's clock will say."""

    def drawn() -> str:
        with patch.object(time, "time", return_value=NOW.timestamp()):
            return draw()

    return drawn


DRAWN: dict[str, Callable[[], str]] = {
    "home": _then(_home),
    "form": _then(_form),
    "form-advanced": _then(lambda: _form("advanced", profile="advanced", partition="gpu")),
    "waiting": _then(_waiting),
    "failure": _then(lambda: broken(ended(), EARLY, branding=CENTRE)),
    "stop": _then(lambda: stopping(Server("advanced", pending="stop"), branding=CENTRE)),
}
