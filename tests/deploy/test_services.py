"""Berth's own services on a hub's machine: their pages, `berth announce`, files, backups."""

import pytest
import requests

from tests.deploy.deployment import Deployment
from tests.deploy.figures import note
from tests.deploy.test_install import exposure
from tests.support.hubs import until

SERVICES = ("announcements", "accounts", "usage")
UNITS = ("berth-hub", "berth-proxy", "nginx", *(f"berth-service@{name}" for name in SERVICES))
FILE = "announcements.d/queue.md"

bookworm = pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)


def berth(deployment: Deployment, *words: str) -> str:
    """Run `berth` as root on the hub's machine."""
    return deployment.hub.must(["/usr/local/bin/berth", *words])


def login_page(deployment: Deployment) -> str:
    """Return what is read by whoever is about to log in."""
    return requests.get(f"{deployment.url}/hub/login", timeout=60).text


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_there_and_shut_in(deployment: Deployment, name: str) -> None:
    page = f"{deployment.url}/services/{name}/"
    nobody = requests.get(page, timeout=60, allow_redirects=False)
    assert (nobody.status_code, "/hub/api/oauth2/" in nobody.headers["Location"]) == (302, True)
    visitor = deployment.visitor()
    shown = visitor.get(f"/services/{name}/")
    visitor.close()
    assert (shown.status_code, shown.url) == (200, page)
    assert exposure(deployment, f"berth-service@{name}.service") <= 1.2


def test_what_is_announced_on_the_machine_is_on_the_login_page(deployment: Deployment) -> None:
    words = ["--text", "Said by *root*.", "--where", "login", "--severity", "warning"]
    made = berth(deployment, "announce", "new", *words, "--end", "tomorrow 08:00")
    assert made.startswith("announced ")
    until(lambda: "Said by <em>root</em>." in login_page(deployment), "it was shown")
    number = made.split()[1]
    listed = berth(deployment, "announce", "list").splitlines()
    assert ["Said by" in line for line in listed if line.split()[0] == number] == [True]
    berth(deployment, "announce", "withdraw", number)
    until(lambda: "Said by" not in login_page(deployment), "it was gone")


@bookworm
def test_a_file_of_the_inventory_is_live_and_restarts_nothing(deployment: Deployment) -> None:
    pids = {unit: deployment.pid(unit) for unit in UNITS}
    file = deployment.site_file(FILE)
    file.parent.mkdir()
    try:
        file.write_text("---\nwhere: [login]\n---\nRead from a **file**.\n")
        run = deployment.deploy("--tags", "announcements")
        note(f"announcement by the playbook: {run.seconds:.1f} s")
        until(lambda: "a <strong>file</strong>." in login_page(deployment), "it was shown")

        file.write_text("---\nwhere: [elsewhere]\n---\nBroken.\n")
        refused = deployment.try_deploy("--tags", "announcements")
        assert refused.code != 0
        assert "queue.md:2:9" in refused.complaint
        assert "a <strong>file</strong>." in login_page(deployment)
    finally:
        file.unlink()
        file.parent.rmdir()
        deployment.deploy("--tags", "announcements")
    until(lambda: "<strong>file</strong>" not in login_page(deployment), "it was gone")
    assert {unit: deployment.pid(unit) for unit in UNITS} == pids


def test_the_nightly_backup_brings_back_what_services_keep(deployment: Deployment) -> None:
    made = berth(deployment, "announce", "new", "--text", "Kept.", "--where", "login").split()[1]
    deployment.hub.must(["/usr/bin/systemctl", "start", "berth-backup.service"])
    newest = "ls /var/backups/berth/berth-*.tar.gz | tail -1"
    file = deployment.hub.must(["/bin/sh", "-c", newest]).strip()
    berth(deployment, "announce", "withdraw", made)
    said = deployment.hub.must(["/usr/local/bin/berth", "restore", file], timeout=300)
    assert [f"put back what service {name} kept" in said for name in SERVICES] == [True] * 3
    until(lambda: "Kept." in login_page(deployment), "it was announced again")
    berth(deployment, "announce", "withdraw", made)
    until(lambda: "Kept." not in login_page(deployment), "it was gone")
