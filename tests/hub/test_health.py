"""What a running hub says of itself: one word to the world, all of it to its own machine."""

import signal
from collections.abc import Iterator

import pytest
import requests

from hub_config import __version__
from hub_config.cli import main
from tests.hub.room import Room, running
from tests.support.hubs import Visitor, until

PATH = "/hub/api/berth/health"


@pytest.fixture
def own_room() -> Iterator[Room]:
    """A hub that a test may harm."""
    with running({}) as room:
        yield room


def here(room: Room, **headers: str) -> requests.Response:
    """Ask the hub past its proxy, as a process of its machine does."""
    url = f"http://127.0.0.1:{room.hub.hub_port}{PATH}"
    return requests.get(url, headers=headers, timeout=60)


def world(room: Room, **headers: str) -> requests.Response:
    return requests.get(f"{room.hub.url}{PATH}", headers=headers, timeout=60)


def status(room: Room) -> tuple[int, str]:
    answer = world(room)
    return answer.status_code, answer.json()["status"]


def well(room: Room) -> None:
    """Wait for a hub whose parts all answer in time, which a busy machine may keep from it."""
    until(lambda: status(room) == (200, "ok"), "a hub that is well")


def test_the_world_is_told_one_word(room: Room) -> None:
    well(room)
    answer = world(room)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "application/json" in answer.headers["Content-Type"]
    head = requests.head(f"{room.hub.url}{PATH}", timeout=60)
    assert (head.status_code, head.content) == (200, b"")


def test_the_machine_itself_is_told_everything(room: Room) -> None:
    assert room.hub.process is not None
    well(room)
    report = here(room).json()
    assert (report["version"], report["release"]) == (__version__, "")
    assert report["pid"] == room.hub.process.pid
    assert report["profiles"]["presets"] == 7
    assert report["profiles"]["problems"] == 0
    assert len(report["profiles"]["digest"]) == 16
    assert (report["database"], report["proxy"]) == ({"ok": True}, {"ok": True})
    assert report["scheduler"]["ok"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-Ip": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Authorization": "token 0123456789abcdef"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_nobody_talks_their_way_in(room: Room, headers: dict[str, str]) -> None:
    assert world(room, **headers).json().keys() <= {"status", "message"}


def test_what_comes_from_a_proxy_is_the_world(room: Room) -> None:
    assert here(room, **{"X-Forwarded-For": "127.0.0.1"}).json() == {"status": "ok"}


def test_a_token_that_may_read_the_hub_is_told_everything(
    room: Room, ann: Visitor, ben: Visitor
) -> None:
    admins = world(room, Authorization=f"token {ann.token()}").json()
    users = world(room, Authorization=f"token {ben.token()}").json()
    assert admins["version"] == __version__
    assert users == {"status": "ok"}


def test_broken_profiles_degrade_and_missing_ones_fail(own_room: Room) -> None:
    file = own_room.folder / "profiles.d" / "tests.yml"
    good = file.read_text()
    file.write_text("presets: [")
    until(lambda: status(own_room) == (200, "degraded"), "the mistake seen")
    assert here(own_room).json()["profiles"]["problems"] == 1
    own_room.hub.stop()
    own_room.hub.start()
    until(lambda: status(own_room) == (503, "failing"), "a hub without any profiles")
    file.write_text(good)
    until(lambda: status(own_room) == (200, "ok"), "all well again")


def test_a_proxy_that_is_gone_is_seen(own_room: Room) -> None:
    assert own_room.hub.proxy is not None
    own_room.hub.proxy.send_signal(signal.SIGKILL)
    own_room.hub.proxy.wait()
    until(lambda: here(own_room).status_code == 503, "the proxy missed")
    assert here(own_room).json()["proxy"] == {"ok": False}


def test_a_scheduler_that_is_silent_degrades(own_room: Room) -> None:
    ben = own_room.visitor("ben")
    assert ben.start("", {"profile": "small"}).status_code in (201, 202)
    ben.wait_ready()
    program = own_room.folder / "agent-python"
    good = program.read_text()
    program.write_text("#!/bin/sh\nexit 1\n")
    until(lambda: status(own_room) == (200, "degraded"), "the silence noticed")
    assert here(own_room).json()["scheduler"]["ok"] is False
    program.write_text(good)
    until(lambda: status(own_room) == (200, "ok"), "the scheduler back")
    ben.stop()
    ben.wait_stopped()
    ben.close()


def test_asking_often_costs_the_hub_one_look(room: Room) -> None:
    reports = [here(room).json() for _ in range(5)]
    assert len({str(report) for report in reports}) <= 2


def test_the_command(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", str(room.folder)]) == 0
    lines = {line[:12].strip(): line[12:] for line in capsys.readouterr().out.splitlines()}
    assert lines["status"] == "ok"
    assert lines["version"] == __version__


def test_the_command_without_a_hub(own_room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    own_room.hub.stop()
    assert main(["health", str(own_room.folder)]) == 1
    assert "no hub answers at http://127.0.0.1:" in capsys.readouterr().out


def test_that_the_scheduler_answers_again_is_noticed_without_any_server(own_room: Room) -> None:
    well(own_room)
    ann = own_room.visitor("ann")
    silent, refused = """echo '{"failed": "silent"}'""", """echo '{"refused": "not today"}'"""
    with own_room.fault("jobs", silent), own_room.fault("submit", refused):
        ann.start("", {"profile": "small"})
        until(lambda: status(own_room) == (200, "degraded"), "a scheduler that is silent")
        until(lambda: not ann.servers(), "the end of a start that was refused")
    well(own_room)
    ann.close()
