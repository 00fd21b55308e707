"""The path of a server from the login to its end, and what people are told on the way."""

import html
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.hub.room import Room
from tests.support.hubs import Visitor, until
from tests.support.kernels import Kernel

SMALL = {"profile": "small"}
ADVANCED = {"profile": "advanced", "partition": "local"}


@pytest.fixture
def dying_job(room: Room) -> Iterator[None]:
    """Jobs whose server ends at once with exit code 1."""
    with room.launcher(Path("/bin/false")):
        yield


@pytest.fixture
def standin(room: Room) -> Iterator[None]:
    """Jobs that run and never report a port; or do, and crash or hang if they are called so."""
    with room.launcher(room.standin):
        yield


def all_ended(room: Room) -> None:
    """Wait for the last processes of jobs: a job that is completing counts as stopped."""
    until(lambda: not room.living(), "the end of all jobs")


# --- from start to stop


def test_by_the_form(room: Room, ann: Visitor) -> None:
    response = ann.submit_form("", {**ADVANCED, "cores": "2", "walltime": "0.5"})
    assert response.status_code == 302
    assert response.headers["Location"].partition("?")[0] == "/hub/spawn-pending/ann"
    request = ann.wait_ready()["state"]["child_state"]["request"]
    assert (request["cores"], request["walltime"], request["partition"]) == (2, 1800, "local")
    assert Kernel(ann).execute("6*7") == "42"
    assert ann.stop().status_code in (202, 204)
    ann.wait_stopped()
    all_ended(room)


def test_by_rest(room: Room, ben: Visitor) -> None:
    assert ben.start("", SMALL).status_code in (201, 202)
    ben.wait_ready()
    assert Kernel(ben).execute("print(6*7)") == "42\n"
    until(lambda: len(room.living()) == 1, "one job, and the end of earlier ones")
    assert ben.stop().status_code in (202, 204)
    ben.wait_stopped()
    all_ended(room)


def test_many_clicks_are_one_job(room: Room, standin: None, ben: Visitor) -> None:
    """Twelve at once, by the form and by REST: each is an answer, together they are one job."""
    ben.token()
    ben.get("/hub/spawn/ben/preset")
    before = room.submitted
    clicks = [lambda: ben.post("/hub/spawn/ben/preset", SMALL, allow_redirects=False),
              lambda: ben.start("preset", SMALL)] * 6  # fmt: skip
    with ThreadPoolExecutor(len(clicks)) as pool:
        answers = [answer.result() for answer in [pool.submit(click) for click in clicks]]
    assert {answer.status_code for answer in answers} <= {201, 202, 302, 400}
    until(lambda: room.submitted > before, "a job")
    ben.stop("preset")
    ben.wait_stopped("preset")
    assert room.submitted == before + 1


def test_two_servers_at_once(room: Room, ben: Visitor) -> None:
    """One by each form, as people do who try something beside their usual server."""
    assert ben.submit_form("preset", SMALL).status_code == 302
    assert ben.submit_form("advanced", ADVANCED).status_code == 302
    for name in ("preset", "advanced"):
        ben.wait_ready(name)
    until(lambda: len(room.living()) == 2, "two jobs, and the end of earlier ones")
    assert Kernel(ben, "preset").execute("6*7") == "42"
    ben.stop("preset")
    ben.wait_stopped("preset")
    assert Kernel(ben, "advanced").execute("6*7") == "42"


@pytest.mark.parametrize(
    ("preset", "path"),
    [
        ("small", "/user/ben/lab"),
        ("notebook", "/user/ben/tree"),
        ("terminal", "/user/ben/terminals/1"),
    ],
)
def test_a_server_opens_with_its_application(ben: Visitor, preset: str, path: str) -> None:
    ben.start("", {"profile": preset})
    ben.wait_ready()
    response = ben.get("/user/ben/")
    assert (response.status_code, response.url.removeprefix(ben.url).partition("?")[0]) == (
        200,
        path,
    )


def test_one_named_server_more_than_allowed_is_refused(room: Room, ben: Visitor) -> None:
    allowed, jobs = 3, room.submitted
    for number in range(allowed):
        assert ben.api("PUT", f"/users/ben/servers/extra-{number}").status_code == 201
    for answer in (ben.start("more", SMALL), ben.submit_form("more", SMALL)):
        assert answer.status_code == 400
        assert f"maximum of {allowed}" in answer.text
    assert room.submitted == jobs


# --- starts that fail


@pytest.mark.usefixtures("dying_job")
def test_a_job_that_dies_is_told_within_seconds(room: Room, ben: Visitor) -> None:
    ben.start("preset", SMALL)
    until(lambda: "preset" not in ben.servers(), "the end long before the start_timeout of an hour")
    assert re.search(r"Job \d+ ended before the server was ready\. It failed: exit code 1",
                     ben.failure("preset"))  # fmt: skip
    all_ended(room)


@pytest.mark.usefixtures("standin")
def test_the_presets_own_start_timeout_is_kept(room: Room, ben: Visitor) -> None:
    began = time.monotonic()
    ben.start("preset", {"profile": "hasty"})
    until(lambda: "preset" not in ben.servers(), "the end of the start")
    assert time.monotonic() - began >= 10
    all_ended(room)
    assert room.records()[-1].state == "CANCELLED"
    assert re.search(r"Job \d+ was not ready after 00:00:10 \(the scheduler says RUNNING\)",
                     ben.failure("preset"))  # fmt: skip


@pytest.mark.usefixtures("standin")
def test_a_server_that_crashes_is_told_within_seconds(ben: Visitor) -> None:
    """Its port is reported, so the job was fine: but it ends before the first answer."""
    ben.start("crash", SMALL)
    until(lambda: "crash" not in ben.servers(), "the end of the start")
    assert re.search(r"Job \d+ ended before.*It failed: exit code 5", ben.failure("crash"))


@pytest.mark.usefixtures("standin")
def test_the_presets_own_http_timeout_is_kept(room: Room, ben: Visitor) -> None:
    began = time.monotonic()
    ben.start("hang", {"profile": "hasty"})
    until(lambda: "hang" not in ben.servers(), "the end of the start")
    assert time.monotonic() - began >= 5
    all_ended(room)
    assert re.search(r"Job \d+ runs on \S+, but its server did not answer within 5 s",
                     ben.failure("hang"))  # fmt: skip


def test_what_the_scheduler_refuses_is_told_on_the_form(ben: Visitor) -> None:
    answers = {"profile": "advanced", "partition": "elsewhere", "cores": "7", "log_name": "kept"}
    response = ben.submit_form("", answers)
    assert response.status_code == 400
    assert "localbatch: refused: the only partition is local" in response.text
    for name in ("7", "kept"):
        assert f'value="{name}"' in response.text
    assert re.search(r'<option value="elsewhere" selected', response.text)


def test_what_the_agent_refuses_is_shown_as_text(room: Room, ben: Visitor) -> None:
    strange = room.folder / "no <b>home</b>"
    room.write_agent(home=strange)
    try:
        response = ben.submit_form("", SMALL)
    finally:
        room.write_agent()
    assert response.status_code == 400
    assert f"{html.escape(str(strange))} does not exist yet" in response.text
    assert "<b>home" not in response.text


def test_what_the_gate_refuses_is_told_at_its_field(ben: Visitor) -> None:
    response = ben.submit_form("", {**ADVANCED, "cores": "99", "memory": '1"><b>'})
    assert response.status_code == 400
    assert "Partition local allows 1 to 2 here; you asked for 99." in response.text
    assert 'value="99"' in response.text
    assert 'value="1&#34;&gt;&lt;b&gt;"' in response.text
    assert "<b>" not in response.text


def test_a_start_can_be_cancelled(room: Room, standin: None, ben: Visitor) -> None:
    ben.submit_form("", SMALL)
    until(room.living, "a running job")
    assert ben.stop().status_code in (202, 204)
    ben.wait_stopped()
    all_ended(room)


def test_the_waiting_page_is_there_while_a_server_starts(standin: None, ben: Visitor) -> None:
    ben.submit_form("", SMALL)
    page: requests.Response = ben.get("/hub/spawn-pending/ben")
    assert page.status_code == 200
    assert "Starting your server" in page.text
    assert "Cluster job running" in ben.events("", "Cluster job running")
