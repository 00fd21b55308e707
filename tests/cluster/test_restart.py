"""A hub that goes away and comes back finds its servers where they were."""

import signal

import pytest
import requests

from tests.support.centre import Centre
from tests.support.hubs import Visitor
from tests.support.kernels import Kernel

PRESET = {"profile": "shared-1", "account": "mh0010"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_three_servers_survive_a_restart(
    centre: Centre, alice: Visitor, bob: Visitor, how: signal.Signals
) -> None:
    places = [(alice, ""), (alice, "preset"), (bob, "")]
    for visitor, server in places:
        visitor.start(server, PRESET)
    kernels = []
    for number, (visitor, server) in enumerate(places):
        visitor.wait_ready(server)
        kernels.append(Kernel(visitor, server))
        kernels[-1].execute(f"kept = {number}")
    before = {user: {job["JobId"] for job in centre.jobs(user)} for user in ("alice", "bob")}
    centre.hub.stop(how)
    centre.hub.start()
    for visitor, server in places:
        visitor.wait_ready(server)
    assert {user: {job["JobId"] for job in centre.jobs(user)} for user in before} == before
    for number, ((visitor, server), kernel) in enumerate(zip(places, kernels, strict=True)):
        assert Kernel(visitor, server, kernel.id).execute("kept") == str(number)


def test_the_token_of_a_server_stopped_after_a_restart_is_revoked(
    centre: Centre, alice: Visitor
) -> None:
    alice.start("", PRESET)
    alice.wait_ready()
    token = Kernel(alice).execute("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip()
    centre.hub.stop()
    centre.hub.start()
    alice.wait_ready()
    assert _status(centre, token) == 200
    alice.stop()
    alice.wait_stopped()
    assert _status(centre, token) == 403


def _status(centre: Centre, token: str) -> int:
    headers = {"Authorization": f"token {token}"}
    return requests.get(f"{centre.hub.url}/hub/api/user", headers=headers, timeout=30).status_code
