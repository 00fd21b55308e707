"""Releases: an upgrade beside running servers, a rollback, and releases that do not work."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.deploy.deployment import Deployment
from tests.deploy.figures import note
from tests.deploy.pulse import Pulse
from tests.machines.people import PEOPLE
from tests.support.hubs import until
from tests.support.kernels import Kernel
from tests.testbed.shell import run

pytestmark = pytest.mark.parametrize("deployment", ["bookworm"], indirect=True)

PRESETS = ("shared-1", "prepost-1", "shared-1")


class Busy:
    """Three users with a running server and kernel each."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.visitors = [deployment.visitor(number) for number in range(len(PEOPLE))]
        self.stop()  # what a test that failed has left
        for visitor, person, preset in zip(self.visitors, PEOPLE, PRESETS, strict=True):
            answer = visitor.start("", {"profile": preset, "account": person.account})
            assert answer.status_code in (201, 202), answer.text
        for visitor in self.visitors:
            visitor.wait_ready()
        self.kernels = [Kernel(visitor) for visitor in self.visitors]
        self.jobs = deployment.jobs()

    def stop(self) -> None:
        """End every server."""
        for visitor in self.visitors:
            for server in visitor.servers():
                visitor.stop(server)
                visitor.wait_stopped(server)

    def unharmed(self) -> None:
        """Fail unless every server is there, its cell runs, and its job is the same."""
        for visitor, kernel in zip(self.visitors, self.kernels, strict=True):
            assert visitor.servers()[""]["ready"]
            assert kernel.execute("6*7") == "42"
        assert self.deployment.jobs() == self.jobs


@pytest.fixture
def busy(deployment: Deployment) -> Iterator[Busy]:
    busy = Busy(deployment)
    yield busy
    busy.stop()
    for visitor in busy.visitors:
        visitor.close()
    until(lambda: not deployment.jobs(), "an empty queue")


def current(deployment: Deployment) -> str:
    """Return the name of the release that runs."""
    return deployment.hub.must(["/bin/readlink", "/opt/berth/current"]).strip().rpartition("/")[2]


def berth(deployment: Deployment, *words: str) -> str:
    """Run `berth` as root on the hub's machine."""
    return deployment.hub.must(["/usr/local/bin/berth", *words], timeout=600)


def test_an_upgrade_and_a_rollback_beside_running_servers(
    deployment: Deployment, busy: Busy
) -> None:
    before, proxy, hub = current(deployment), deployment.pid("berth-proxy"), hub_pid(deployment)
    with ExitStack() as stack:
        pulses = [stack.enter_context(Pulse(kernel)) for kernel in busy.kernels]
        run = deployment.deploy("-e", "berth_version=99.0.0")
        assert current(deployment).startswith("99.0.0-")
        upgraded = hub_pid(deployment)
        assert upgraded != hub
        busy.unharmed()

        berth(deployment, "release", "rollback")
        assert current(deployment) == before
        assert hub_pid(deployment) != upgraded
        busy.unharmed()
    for pulse in pulses:
        assert not pulse.cut
    slowest = max(pulse.slowest for pulse in pulses)
    answers = sum(pulse.answered for pulse in pulses)
    note(f"upgrade in {run.seconds:.0f} s; servers lost: 0; websockets cut: 0 of {len(pulses)}")
    note(f"{answers} answers through them, the slowest in {slowest * 1000:.0f} ms")
    assert deployment.pid("berth-proxy") == proxy


def hub_pid(deployment: Deployment) -> int:
    return deployment.pid("berth-hub")


def test_a_release_that_does_not_start_goes_back_by_itself(
    deployment: Deployment, busy: Busy
) -> None:
    """A stand-in for a bad release: its hub ends as soon as it begins."""
    before, proxy = current(deployment), deployment.pid("berth-proxy")
    start = deployment.checkout / "hub_config" / "jupyterhub_config.py"
    good = start.read_text()
    start.write_text('raise SystemExit("this release is broken")\n' + good)
    try:
        run = deployment.try_deploy("-e", "berth_version=98.0.0")
    finally:
        start.write_text(good)
    assert run.code != 0
    assert "this release is broken" in run.complaint
    assert f"go back to {before}" in run.complaint
    assert f"{before} runs again." in run.complaint
    assert current(deployment) == before
    assert deployment.pid("berth-proxy") == proxy
    busy.unharmed()


def test_after_a_restart_of_the_proxy_all_routes_are_back(
    deployment: Deployment, busy: Busy
) -> None:
    hub = hub_pid(deployment)
    deployment.hub.must(["/usr/bin/systemctl", "kill", "-s", "KILL", "berth-proxy.service"])
    until(lambda: _all_answer(busy), "all servers answered again")
    busy.unharmed()
    assert hub_pid(deployment) == hub


def _all_answer(busy: Busy) -> bool:
    headers = [kernel.headers for kernel in busy.kernels]
    answers = (
        visitor.get(f"/user/{visitor.name}/api", headers=header, allow_redirects=False)
        for visitor, header in zip(busy.visitors, headers, strict=True)
    )
    return all(answer.status_code == 200 for answer in answers)


def test_after_a_power_failure_everything_comes_back(deployment: Deployment, busy: Busy) -> None:
    deployment.hub.kill()
    deployment.hub.boot()
    until(lambda: _hub_answers(deployment), "the hub answered after the boot")
    until(lambda: _all_answer(busy), "all servers answered again")
    busy.unharmed()


def _hub_answers(deployment: Deployment) -> bool:
    ask = ["/usr/bin/curl", "--silent", "--fail", "--output", "/dev/null", "--cacert",
           str(deployment.trusted), f"{deployment.url}/hub/health"]  # fmt: skip
    return run(ask).returncode == 0
