"""A notebook server finds the centre's kernels from its own place, and keeps them over upgrades."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_config.cli import main
from tests.kernels.people import environment_in
from tests.kernels.servers import allow_root, ask
from tests.singleuser.conftest import absent_hub, home, hub, spawn, start, token
from tests.singleuser.job import Job
from tests.singleuser.standin_hub import StandInHub

__all__ = ["absent_hub", "home", "hub", "spawn", "start", "token"]
Start = Callable[..., Job]


@pytest.fixture
def shared(home: Path) -> Path:
    """A centre's folder as the playbook makes it: two releases, kernels beside them."""
    for release in ("one", "two"):
        environment_in(home / "shared/releases" / release)
    file = home / "kernels.yml"
    file.write_text("kernels: [{id: centre, language: python, display_name: The centre's}]\n")
    assert main(["kernels", "install", str(file), "--to", str(home / "shared/kernels")]) == 0
    return home / "shared"


@pytest.fixture
def current(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The link that agent.toml's launcher goes through; jobs of these tests start there."""
    link = shared / "current"
    link.symlink_to("releases/one")
    monkeypatch.setenv("BERTH_TEST_USER_PYTHON", str(link / "bin/python"))
    yield link


def kernels(job: Job, hub: StandInHub) -> dict[str, Any]:
    """What the server of the job lists."""
    found: dict[str, Any] = ask(job, hub, "GET", "/kernelspecs")["kernelspecs"]
    return found


def test_servers_of_every_release_list_them(
    hub: StandInHub, home: Path, start: Start, current: Path
) -> None:
    allow_root(home)
    assert kernels(start(), hub)["centre"]["spec"]["display_name"] == "The centre's"
    current.unlink()
    current.symlink_to("releases/two")
    hub.reported.clear()
    assert "centre" in kernels(start(), hub)


def test_a_module_of_kernels_comes_first(
    hub: StandInHub, home: Path, start: Start, current: Path
) -> None:
    allow_root(home)
    other = home / "module/kernels/centre"
    other.mkdir(parents=True)
    spec = {"argv": ["x", "{connection_file}"], "display_name": "A module's", "language": "x"}
    (other / "kernel.json").write_text(json.dumps(spec))
    found = kernels(start(JUPYTER_PATH=str(home / "module")), hub)
    assert found["centre"]["spec"]["display_name"] == "A module's"


def test_without_a_folder_of_kernels_nothing_is_set(
    hub: StandInHub, home: Path, start: Start
) -> None:
    allow_root(home)
    assert "centre" not in kernels(start(), hub)
