"""A hub of examples/local: real JupyterHub, real proxy, servers as processes of this machine."""

import sys
from collections.abc import Iterator

import pytest

from hub_config.auth.passwords import hash_password
from tests.support.hubs import ROOT, Hub, Visitor

PASSWORDS = {"ann": "ann-pass", "ben": "ben-pass", "root": "root-pass"}
ADMIN = "ann"


@pytest.fixture(scope="session")
def local_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A running hub with users ann (admin) and ben; jobs run as whoever runs the tests."""
    hub = Hub(tmp_path_factory.mktemp("hub"), [sys.executable, "-m", "hub_config.app"])
    prepare(hub)
    hub.start()
    yield hub
    hub.close()


def prepare(hub: Hub) -> None:
    hub.write_site("local", {
        "auth": {"passwords": {n: hash_password(p) for n, p in PASSWORDS.items()},
                 "admins": [ADMIN], "groups": {"climate": ["ann"]}},
        "scheduler": {"agent_config": str(hub.folder / "agent.toml")},
    })  # fmt: skip
    launcher = ROOT / ".venv-user" / "bin" / "berth-singleuser"
    hub.folder.joinpath("agent.toml").write_text(
        f'scheduler = "local"\nrun_as = "self"\nlauncher = "{launcher}"\n'
    )


@pytest.fixture
def ann(local_hub: Hub) -> Iterator[Visitor]:
    """Ann, an admin, logged in; her servers end with the test."""
    yield from _visitor(local_hub, "ann")


@pytest.fixture
def ben(local_hub: Hub) -> Iterator[Visitor]:
    """Ben, a user, logged in; his servers end with the test."""
    yield from _visitor(local_hub, "ben")


def _visitor(hub: Hub, name: str) -> Iterator[Visitor]:
    visitor = hub.visitor(name, PASSWORDS[name])
    yield visitor
    for server in visitor.servers():
        visitor.stop(server)
        visitor.wait_stopped(server)
