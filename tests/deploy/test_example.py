"""The newcomer's way: the example inventory, a bare machine, and nothing besides."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import inventory, playbook
from tests.deploy.deployment import Deployment
from tests.deploy.figures import note
from tests.machines.machine import Machine
from tests.support.hubs import Visitor
from tests.support.kernels import Kernel

USER, PASSWORD = "newcomer", "pw-newcomer"


@pytest.fixture
def machine(spare: Machine) -> Iterator[Machine]:
    """A bare machine with one ordinary user."""
    spare.must(["/usr/sbin/useradd", "--create-home", USER])
    spare.must(["/usr/sbin/chpasswd"], input=f"{USER}:{PASSWORD}\n")
    yield spare
    spare.must(["/usr/sbin/userdel", "--remove", "--force", USER])


@pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)
def test_from_a_bare_machine_to_a_cell(
    deployment: Deployment, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = inventory.example(tmp_path / "inventory", deployment.layout, "spare")
    run = playbook.must_play(deployment.checkout, mine)
    note(f"example inventory on a bare machine: {run.seconds:.0f} s")
    authority = tmp_path / "ca.crt"
    authority.write_text(machine.get("/etc/ssl/berth/ca.crt"))
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, str(authority))

    visitor = Visitor(f"https://{machine.full_name}", USER)
    assert "/hub/login" not in visitor.login(PASSWORD).url
    assert visitor.start("", {"profile": "small"}).status_code in (201, 202)
    visitor.wait_ready()
    assert Kernel(visitor).execute("import socket; print(socket.gethostname())") == "spare\n"
    visitor.stop()
    visitor.wait_stopped()
    visitor.close()
