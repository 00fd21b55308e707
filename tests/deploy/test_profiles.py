"""An edit of the profiles goes live without a restart of anything, through both doors."""

import re

import pytest

from tests.deploy import inventory
from tests.deploy.deployment import Deployment
from tests.deploy.figures import note
from tests.support.hubs import until

pytestmark = pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)

UNITS = ("berth-hub", "berth-proxy", "nginx")  # berth-agent begins when it is first asked
LIVE = "/etc/berth/profiles.d/presets.yml"


def titles(deployment: Deployment) -> str:
    """Return the page with the presets, as a user sees it."""
    visitor = deployment.visitor()
    page = visitor.get(f"/hub/spawn/{visitor.name}/preset").text
    visitor.close()
    return page


def test_an_edit_in_the_inventory(deployment: Deployment) -> None:
    pids = {unit: deployment.pid(unit) for unit in UNITS}
    file = deployment.site_file("profiles.d/presets.yml")
    before = file.read_text()
    try:
        file.write_text(before.replace("2.5 GB memory, 1 core", "Small: 2.5 GB, 1 core"))
        run = deployment.deploy("--tags", "profiles")
        note(f"profile edit by the playbook: {run.seconds:.1f} s")
        until(lambda: "Small: 2.5 GB, 1 core" in titles(deployment), "the new title was shown")
    finally:
        file.write_text(before)
        deployment.deploy("--tags", "profiles")
    assert {unit: deployment.pid(unit) for unit in UNITS} == pids


def test_an_edit_on_the_machine(deployment: Deployment) -> None:
    hub, before = deployment.pid("berth-hub"), deployment.hub.get(LIVE)
    try:
        edited = before.replace("2.5 GB memory, 1 core", "Edited by hand")
        deployment.hub.put(LIVE, edited, 0o640, "root:berth")
        said = deployment.hub.must(["/usr/local/bin/berth", "reload"])
        note(f"berth reload: {said.strip()}")
        assert "Edited by hand" in titles(deployment)
    finally:
        deployment.hub.put(LIVE, before, 0o640, "root:berth")
        deployment.hub.must(["/usr/local/bin/berth", "reload"])
    assert deployment.pid("berth-hub") == hub


def test_a_broken_edit_in_the_inventory_changes_nothing(deployment: Deployment) -> None:
    file = deployment.site_file("profiles.d/presets.yml")
    before, live = file.read_text(), deployment.hub.get(LIVE)
    try:
        file.write_text(before.replace("memory: 2560M", "memory: 2560", 1))
        run = deployment.try_deploy("--tags", "profiles")
    finally:
        file.write_text(before)
    assert run.code != 0
    assert re.search(r"presets\.yml:\d+:\d+ .*2560.* has no unit", run.complaint)
    assert deployment.hub.get(LIVE) == live


def test_an_edit_of_the_site_restarts_the_hub_and_nothing_else(deployment: Deployment) -> None:
    pids = {unit: deployment.pid(unit) for unit in UNITS}
    file = deployment.site_file("site.yml")
    before = file.read_text()
    try:
        inventory.change(file, {"branding": {"name": "Jupyter after the edit"}})
        deployment.deploy("--tags", "site,hub")
        assert "Jupyter after the edit" in titles(deployment)
    finally:
        file.write_text(before)
        deployment.deploy("--tags", "site,hub")
    after = {unit: deployment.pid(unit) for unit in UNITS}
    assert [unit for unit in UNITS if after[unit] != pids[unit]] == ["berth-hub"]
