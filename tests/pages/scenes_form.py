"""The spawn form and the page of all partitions, in the situations that look different."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hub_config.cluster.facts import Occupancy, Outage, Overview
from hub_config.form import table, view
from hub_config.form.page import UNKNOWN
from hub_config.model.offer import Offer
from hub_config.said import said
from tests.pages.drawing import User, example_offer, render

HOUR = 3600


def spawn(
    *,
    offer: Offer | None = None,
    answers: object = None,
    errors: dict[str, str] | None = None,
    message: str = "",
    server_name: str = "",
    overview: Overview = UNKNOWN,
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
        overview=overview,
    )
    more: dict[str, Any] = {
        "for_user": User(),
        "action": "/hub/spawn/alice",
        "server_name": server_name,
    }
    return render("spawn.html", form=form, **more | variables)


def partitions(seen: Overview) -> str:
    rows = table(example_offer(), seen, time.time(), most=None)
    return render("partitions.html", table=rows)


def occupancy(**changes: Any) -> Occupancy:
    """A partition of ten nodes with 48 cores each, three of them idle."""
    usual: dict[str, Any] = {
        "closed": "", "idle_nodes": 3, "nodes": 10, "node_states": {"idle": 3, "allocated": 7},
        "idle_cores": 150, "cores": 480, "idle_gpus": {}, "gpus": {}, "waiting": 0,
    }  # fmt: skip
    return Occupancy(**usual | changes)


def busy(**changes: Any) -> Overview:
    """The example centre on a day on which much is going on."""
    now = time.time()
    soon = Outage(now + 6 * HOUR + 330, now + 30 * HOUR)
    partitions = {
        "shared": occupancy(outages=(soon,)),
        "prepost": occupancy(idle_nodes=0, idle_cores=12, waiting=17),
        "compute": occupancy(closed="drain"),
        "gpu": occupancy(gpus={"a100": 40}, idle_gpus={"a100": 4}, waiting=1),
        "miklip": occupancy(outages=(Outage(now - HOUR, now + HOUR),)),
    }
    usual: dict[str, Any] = {"as_of": now - 20, "stale": False}
    return Overview(partitions, **usual | changes)


WRONG: dict[str, str] = {
    "cores": said(
        "Partition {partition} allows {low} to {high} here; you asked for {asked}.",
        partition="shared",
        low=1,
        high=48,
        asked=72,
    ),
    "command": said("{field} is not open to choice here.", field="command"),
}
LONG = {"profile": "advanced", "partition": "shared", "walltime": "12"}

SCENES: dict[str, Callable[[], str]] = {
    "form": spawn,
    "form of the advanced server": lambda: spawn(server_name="advanced"),
    "form of a GPU partition": lambda: spawn(answers={"profile": "advanced", "partition": "gpu"}),
    "form of a busy cluster": lambda: spawn(overview=busy()),
    "form before a maintenance": lambda: spawn(answers=LONG, overview=busy()),
    "form of a silent cluster": lambda: spawn(overview=busy(stale=True, as_of=1772352300.0)),
    "refused advanced form": lambda: spawn(
        answers={"profile": "advanced", "cores": "72"}, errors=WRONG
    ),
    "refused preset form": lambda: spawn(
        answers={"profile": "gone"}, errors={"profile": "No such.", "account": "Choose."}
    ),
    "scheduler's refusal": lambda: spawn(message="sbatch: error: first\nsbatch: error: second"),
    "only presets": lambda: spawn(offer=replace(example_offer(), advanced=False)),
    "only advanced": lambda: spawn(offer=replace(example_offer(), presets={})),
    "nothing at all": lambda: spawn(offer=replace(example_offer(), presets={}, advanced=False)),
    "all partitions": lambda: partitions(busy()),
}  # fmt: skip
"""Every form."""
