"""What an operator gets wrong is refused with its cure, and the hub that runs goes on unharmed."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy import inventory, playbook
from tests.deploy.deployment import Deployment
from tests.machines.authority import Authority, Certificate
from tests.machines.machine import Machine

pytestmark = pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)

Refused = Callable[..., str]


@pytest.fixture
def refused(deployment: Deployment) -> Iterator[Refused]:
    """refused("-e", "x=y") -> how the playbook failed; it must not have touched what runs."""
    units = ("berth-hub", "berth-proxy", "nginx")
    before = {unit: deployment.pid(unit) for unit in units}

    def run(*arguments: str) -> str:
        run = deployment.try_deploy(*arguments)
        assert run.code != 0, run.output[-3000:]
        return run.complaint

    yield run
    assert {unit: deployment.pid(unit) for unit in units} == before
    deployment.visitor().close()


@contextmanager
def edited(deployment: Deployment, name: str, text: str) -> Iterator[None]:
    """Let a file of the inventory say something else for a while."""
    file = deployment.site_file(name)
    before = file.read_text()
    file.write_text(text)
    try:
        yield
    finally:
        file.write_text(before)


def test_a_misspelt_variable(refused: Refused) -> None:
    said = refused("-e", "berth_slum=files")
    assert "berth_slum" in said
    assert "did you mean berth_slurm" in said


def test_an_old_python(deployment: Deployment, refused: Refused) -> None:
    """The old Python is a stand-in: no suite here has one."""
    old = "/usr/local/bin/python3.9"
    deployment.hub.put(old, "#!/bin/sh\necho 3.9\n", 0o755)
    said = refused("-e", f"berth_python={old}")
    assert f"{old} on" in said
    assert "is Python 3.9, Berth needs 3.11 or newer" in said
    assert "berth_python=" in said


def test_no_python_at_all(refused: Refused) -> None:
    said = refused("-e", "berth_python=/usr/bin/python4")
    assert "/usr/bin/python4" in said
    assert "apt install python3" in said


def test_no_slurm_client(deployment: Deployment, refused: Refused) -> None:
    away = ["/bin/mv", "/usr/bin/sbatch", "/usr/bin/sbatch.away"]
    deployment.hub.must(away)
    try:
        said = refused("-e", "berth_slurm=existing")
    finally:
        deployment.hub.must([away[0], *reversed(away[1:])])
    assert "has no sbatch" in said
    assert "berth_slurm=single_node" in said


def test_no_munge_key_in_the_inventory(deployment: Deployment, refused: Refused) -> None:
    key = deployment.site_file("munge.key")
    away = key.rename(key.with_suffix(".away"))
    try:
        said = refused()
    finally:
        away.rename(key)
    assert "munge.key" in said
    assert "/etc/munge/munge.key" in said


def test_a_port_that_somebody_else_has(
    deployment: Deployment, spare: Machine, tmp_path: Path
) -> None:
    listen = "import socket, time; s = socket.create_server(('', 80)); time.sleep(600)"
    spare.must(["/usr/bin/systemd-run", "--unit=intruder", "/usr/bin/python3", "-c", listen])
    mine = inventory.example(tmp_path / "inventory", deployment.layout, "spare")
    run = playbook.play(deployment.checkout, mine)
    assert run.code != 0
    assert re.search(r"\b80\b.* python3", run.complaint)
    assert "Stop that program" in run.complaint
    assert spare.run(["/usr/bin/test", "-e", "/opt/berth"]).returncode == 1


def test_a_node_whose_name_does_not_resolve(deployment: Deployment, refused: Refused) -> None:
    conf = deployment.site_file("slurm.conf").read_text()
    ctl = deployment.node("ctl")
    hosts = deployment.hub.get("/etc/hosts")
    assert ctl.address in hosts
    try:
        lines = [line for line in hosts.splitlines() if not line.endswith(" c2")]
        deployment.hub.put("/etc/hosts", "\n".join(lines) + "\n")
        said = refused()
    finally:
        deployment.hub.put("/etc/hosts", hosts)
    assert "NodeName=c2" in conf
    assert "cannot resolve these nodes of Slurm: c2" in said
    assert "/etc/hosts" in said


def wrong_key(authority: Authority, name: str) -> Certificate:
    right = authority.sign([name], file="right")
    return Certificate(right.certificate, authority.sign([name], file="other").key)


def wrong_name(authority: Authority, name: str) -> Certificate:
    return authority.sign([f"another-{name}"], file="another")


@pytest.mark.parametrize(
    ("make", "words", "arguments"),
    [
        (wrong_key, ["hub.key", "hub.crt"], []),
        (wrong_name, ["another-hub"], ["--tags", "tls"]),
    ],
)
def test_a_certificate_that_does_not_fit(
    deployment: Deployment,
    refused: Refused,
    make: Callable[[Authority, str], Certificate],
    words: list[str],
    arguments: list[str],
) -> None:
    bad = make(deployment.cluster.authority, deployment.layout.full_name("hub"))
    with (
        edited(deployment, "hub.crt", bad.certificate.read_text()),
        edited(deployment, "hub.key", bad.key.read_text()),
    ):
        said = refused(*arguments)
    assert [word for word in words if word not in said] == []


def test_a_broken_site(deployment: Deployment, refused: Refused) -> None:
    text = deployment.site_file("site.yml").read_text()
    live = deployment.hub.get("/etc/berth/site.yml")
    with edited(deployment, "site.yml", text.replace("user_script:", "user_skript:")):
        said = refused()
    assert 'did you mean "user_script"?' in said
    assert deployment.hub.get("/etc/berth/site.yml") == live
