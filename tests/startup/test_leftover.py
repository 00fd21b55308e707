"""Which servers the hub could not let go of; stand-ins for spawners, since none is left over so."""

from types import SimpleNamespace
from typing import Any

import pytest

from hub_config.startup.leftover import LeftOver


def spawner(*, over: bool = True, **more: object) -> SimpleNamespace:
    child = SimpleNamespace(uuid="0" * 32, over=over)
    usual = {"child_spawner": child, "ready": False, "pending": None, "_stop_future": None}
    return SimpleNamespace(**usual | more)


@pytest.mark.parametrize("state", [{"ready": True}, {"pending": "stop"}], ids=["ready", "stuck"])
def test_a_server_without_a_job_is_left_over_when_seen_twice(state: dict[str, Any]) -> None:
    found, one = LeftOver(), spawner(**state)
    assert not found.among([one])
    assert found.among([one]) == [one]
    assert not found.among([one]), "it is given time to go"
    assert found.among([one]) == [one], "and another attempt"


@pytest.mark.parametrize(
    "other",
    [
        spawner(over=False, ready=True),
        spawner(pending="stop", _stop_future=object()),
        spawner(pending="spawn"),
        spawner(child_spawner=None, ready=True),
        spawner(),
    ],
    ids=["runs", "is-being-stopped", "starts", "never-started", "has-gone"],
)
def test_others_are_not(other: SimpleNamespace) -> None:
    found = LeftOver()
    assert not found.among([other]) + found.among([other])
