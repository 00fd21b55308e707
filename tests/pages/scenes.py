"""Every page in the situations that look different, by name."""

from collections.abc import Callable
from typing import Any

from tests.pages import scenes_form, scenes_frame, scenes_home, scenes_memory, scenes_waiting
from tests.pages.drawing import Server, render
from tests.pages.scenes_form import spawn
from tests.pages.scenes_waiting import not_running, pending

__all__ = ["SCENES", "not_running", "pending", "spawn", "stopping"]


def stopping(server: Server, **variables: Any) -> str:
    return render("stop_pending.html", spawner=server, **variables)


SCENES: dict[str, Callable[[], str]] = {
    **scenes_frame.SCENES,
    **scenes_home.SCENES,
    **scenes_memory.SCENES,
    **scenes_waiting.SCENES,
    **scenes_form.SCENES,
    "stopping": lambda: stopping(Server("advanced", pending="stop")),
}  # fmt: skip
"""Every page in the situations that look different."""
