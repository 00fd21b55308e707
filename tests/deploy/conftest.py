"""pytest fixtures: ``deployment``, a centre deployed once for each Debian release."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.deployment import Deployment
from tests.deploy.figures import note
from tests.machines.layout import SUITES, Layout, instance
from tests.machines.machine import Machine

HERE = Path(__file__).parent


@pytest.fixture(scope="session", params=SUITES)
def deployment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """A hub that was deployed to a bare machine of this release, beside a running cluster."""
    layout = Layout(instance(), request.param)
    deployment = Deployment(layout, tmp_path_factory.mktemp(request.param))
    try:
        deployment.prepare()
        first = deployment.deploy()
        note(f"{request.param}: first deployment in {first.seconds:.0f} s")
        yield deployment
    finally:
        deployment.close()


@pytest.fixture
def spare(deployment: Deployment) -> Iterator[Machine]:
    """One more machine beside it, bare and switched on."""
    machine = deployment.room.add("spare")
    machine.boot()
    yield machine
    machine.remove()


@pytest.fixture(autouse=True)
def _trust(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's requests and websockets trust the centre's authority, and no less."""
    if "deployment" in request.fixturenames:
        trusted = str(request.getfixturevalue("deployment").trusted)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        monkeypatch.delenv("SSL_CERT_DIR", raising=False)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests the time that whole runs of the playbook take on a slow machine."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(2400))
