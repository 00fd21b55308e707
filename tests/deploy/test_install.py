"""A fresh deployment, and a second one."""

import json
import re

import pytest

from tests.deploy import inventory
from tests.deploy.deployment import Deployment
from tests.deploy.figures import note

bookworm = pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)

#: path -> owner:group and mode, as `stat` prints them.
MODES = {
    "/etc/berth": "root:berth 750",
    "/etc/berth/site.yml": "root:berth 640",
    "/etc/berth/profiles.d/presets.yml": "root:berth 640",
    "/etc/berth/agent.toml": "root:root 644",
    "/etc/berth/services.json": "root:root 644",
    "/etc/berth/announcements.d": "root:berth 755",
    "/etc/berth/secrets": "root:root 700",
    "/etc/berth/secrets/proxy-token": "root:root 600",
    "/etc/berth/secrets/cookie-secret": "root:root 600",
    "/etc/berth/secrets/auth-state-key": "root:root 600",
    "/etc/berth/secrets/service-usage": "root:root 600",
    "/var/lib/berth": "berth:berth 700",
    "/var/lib/berth-service-usage": "berth-usage:berth-usage 700",
    "/var/backups/berth": "root:root 700",
    "/run/berth/agent.sock": "root:berth 660",
    "/opt/berth/releases": "root:root 755",
    "/etc/munge/munge.key": "munge:munge 400",
}


def test_a_second_run_changes_nothing(deployment: Deployment) -> None:
    second = deployment.deploy()
    note(f"second run: {second.seconds:.1f} s, {second.changed} changes")
    assert second.changes == []
    assert second.changed == 0


def test_who_may_read_and_write_what(deployment: Deployment) -> None:
    shown = deployment.hub.must(["/usr/bin/stat", "-c", "%n %U:%G %a", *MODES])
    assert dict(line.split(" ", 1) for line in shown.splitlines()) == MODES


def test_everybody_may_run_the_release_and_only_root_may_change_it(deployment: Deployment) -> None:
    shared = f"{inventory.SHARED_DIR}/current/"
    for folder in ("/opt/berth/current/", shared):
        wrong = ["(", "-not", "-user", "root", "-o", "-perm", "/022", "-o", "-not", "-perm", "-444",
                 ")", "-not", "-type", "l"]  # fmt: skip
        assert deployment.hub.must(["/usr/bin/find", folder, *wrong]) == ""
    about = json.loads(deployment.hub.get("/opt/berth/current/release.json"))
    linked = deployment.hub.must(["/usr/bin/readlink", "-f", shared]).strip()
    assert linked == about["user"] == f"{inventory.SHARED_DIR}/releases/{about['release']}"


def test_no_process_has_a_secret_in_its_arguments(deployment: Deployment) -> None:
    listed = deployment.hub.must(["/bin/ps", "axww", "-o", "args"])
    for name in ("proxy-token", "cookie-secret", "auth-state-key", "service-announcements"):
        secret = deployment.hub.get(f"/etc/berth/secrets/{name}").strip()
        assert secret
        assert secret not in listed


@pytest.mark.parametrize(
    ("unit", "most"),
    [
        ("berth-hub.service", 1.2),
        ("berth-proxy.service", 1.2),
        ("berth-agent.service", 2.0),
        ("nginx.service", 2.5),
    ],
)
def test_the_units_are_sandboxed(deployment: Deployment, unit: str, most: float) -> None:
    assert exposure(deployment, unit) <= most


@pytest.mark.parametrize("deployment", ["trixie"], indirect=True)
def test_the_login_door_is_sandboxed(deployment: Deployment) -> None:
    assert exposure(deployment, "berth-auth.service") <= 1.2


def exposure(deployment: Deployment, unit: str) -> float:
    """Return systemd's figure for a unit: 0 is shut, 10 is open."""
    shown = deployment.hub.must(["/usr/bin/systemd-analyze", "security", "--no-pager", unit])
    points = float(re.findall(r"exposure level for \S+: ([0-9.]+)", shown)[-1])
    note(f"{deployment.layout.suite} {unit}: exposure {points:.1f}")
    return points


@bookworm
def test_a_file_edited_by_hand_is_overwritten_only_when_told_so(deployment: Deployment) -> None:
    path = "/etc/systemd/system/berth-hub.service"
    made = deployment.hub.get(path)
    deployment.hub.put(path, f"{made}# somebody's edit\n")
    run = deployment.try_deploy("--tags", "hub")
    assert run.code != 0
    assert path in run.complaint
    assert "-e berth_overwrite=true" in run.complaint
    assert deployment.hub.get(path).endswith("# somebody's edit\n")

    deployment.deploy("--tags", "hub", "-e", "berth_overwrite=true")
    assert deployment.hub.get(path) == made
    kept = deployment.hub.must(["/bin/sh", "-c", f"cat {path}.edited-*"])
    assert kept.endswith("# somebody's edit\n")


@bookworm
def test_a_site_edited_by_hand_is_overwritten_only_when_told_so(deployment: Deployment) -> None:
    path = "/etc/berth/profiles.d/presets.yml"
    made = deployment.hub.get(path)
    deployment.hub.put(path, f"{made}# somebody's edit\n", 0o640, "root:berth")
    run = deployment.try_deploy("--tags", "profiles")
    assert run.code != 0
    assert "# somebody's edit" in run.complaint
    assert "-e berth_overwrite=true" in run.complaint
    assert deployment.hub.get(path).endswith("# somebody's edit\n")

    deployment.deploy("--tags", "profiles", "-e", "berth_overwrite=true")
    assert deployment.hub.get(path) == made
