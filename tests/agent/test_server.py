"""The agent behind its socket: who is answered, whatever peers, children and signals do."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from hub_config.listening import made_at
from hub_config.schedulers.base import Reply
from hub_config.schedulers.local import Local
from tests.agent.requests import CANCEL, HOSTILE_BYTES, HOSTILE_VALUES, QUERY, SUBMIT, TOKEN
from tests.agent.served import NAME, UID, Served, answer, eventually, peer

WHOLE = json.dumps(QUERY).encode()


@pytest.fixture(scope="module")
def folder() -> Iterator[Callable[[], Path]]:
    """Folders that every account can enter, which pytest's own are not."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(dir="/var/tmp", prefix="berth-agent-")))
        made[-1].chmod(0o755)
        return made[-1]

    yield make
    for path in made:
        shutil.rmtree(path)


@pytest.fixture
def served(folder: Callable[[], Path]) -> Iterator[Served]:
    """A server of the test's own, not started."""
    served = Served(folder())
    yield served
    served.close()


@pytest.fixture(scope="module")
def door(folder: Callable[[], Path]) -> Iterator[Served]:
    """A running server that nobody may disturb for good."""
    served = Served(folder())
    served.start()
    yield served
    assert served.stop() == 0


def works(door: Served) -> bool:
    return Local().read_jobs(Reply(**door.ask(QUERY))) == {}


def test_a_query_is_answered_and_logged(door: Served) -> None:
    assert works(door)
    eventually(lambda: f"{NAME}: query for -: exit code 0 (" in door.log())


@pytest.mark.parametrize(
    "request_", [value for _, value in HOSTILE_VALUES], ids=[name for name, _ in HOSTILE_VALUES]
)
def test_a_wrong_request_is_refused_and_nothing_runs(door: Served, request_: object) -> None:
    before = door.ran()
    found = door.ask(request_)
    assert list(found) == ["refused"]
    assert TOKEN not in found["refused"]
    assert door.ran() == before


@pytest.mark.parametrize(
    "data", [data for _, data in HOSTILE_BYTES], ids=[name for name, _ in HOSTILE_BYTES]
)
def test_bytes_that_are_no_request_get_an_answer_all_the_same(door: Served, data: bytes) -> None:
    assert list(door.send(data)) == ["refused"]


def test_after_all_that_it_serves_and_its_log_shows_no_token(door: Served) -> None:
    assert works(door)
    assert TOKEN not in door.log()
    assert len(HOSTILE_VALUES) + len(HOSTILE_BYTES) >= 300


def test_a_flood_is_read_to_its_end_so_that_it_gets_its_answer(door: Served) -> None:
    found = door.send(b"x" * 4 * 2**20)
    assert found == {"refused": f"the request has more than {256 * 1024} bytes"}


def test_a_peer_that_says_nothing_holds_nobody_up(door: Served) -> None:
    with door.connect() as silent, door.connect() as half:
        half.sendall(WHOLE[:10])
        assert works(door)
        for slow in (silent, half):
            assert answer(slow) == {"refused": "the request did not end within 10 s"}


@pytest.mark.parametrize("data", [b"", WHOLE[:10], WHOLE])
def test_a_peer_that_goes_away_does_no_harm(door: Served, data: bytes) -> None:
    with door.connect() as client:
        client.sendall(data)
    assert works(door)
    eventually(lambda: not door.children())


def test_a_hundred_at_once_are_all_answered(door: Served) -> None:
    with ThreadPoolExecutor(100) as pool:
        connections = [door.connect() for _ in range(100)]
        ready = threading.Barrier(100)

        def ask(client: socket.socket) -> bool:
            with client:
                ready.wait(60)
                client.sendall(WHOLE)
                client.shutdown(socket.SHUT_WR)
                return Local().read_jobs(Reply(**answer(client))) == {}

        assert all(pool.map(ask, connections))


def test_the_death_of_a_child_is_the_end_of_its_request_only(door: Served) -> None:
    eventually(lambda: not door.children())  # those of other tests
    with door.connect() as client:
        client.sendall(WHOLE[:10])
        eventually(door.children)
        os.kill(door.children()[0], signal.SIGKILL)
        with suppress(ConnectionResetError):  # it had not read all
            assert client.recv(100) == b""
    eventually(lambda: "a request got no answer: SIGKILL" in door.log())
    assert works(door)


def test_a_child_that_hangs_is_killed(served: Served) -> None:
    # Stands in for a name service or a file server that hangs: a pipe that nobody writes to.
    served.start("-I", "-c", "from hub_config.agent import __main__, server;"
                 "server.SPARE_SECONDS = -9; __main__.main()")  # fmt: skip
    served.config.unlink()
    os.mkfifo(served.config)
    os.chown(served.config, UID, -1)
    with served.connect() as client:
        client.sendall(WHOLE)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    eventually(lambda: "a request got no answer: SIGALRM" in served.log())


@pytest.mark.parametrize(
    ("verbs", "request_"),
    [
        ('["query"]', SUBMIT),
        ('["query"]', CANCEL),
        ('["submit"]', CANCEL),
        ('["submit"]', QUERY),
        ('["cancel"]', QUERY),
        ('["cancel"]', SUBMIT),
    ],
)
def test_a_verb_that_the_caller_may_not_use_is_refused(
    door: Served, verbs: str, request_: dict[str, str]
) -> None:
    door.write(f"{NAME} = {verbs}")
    before = door.ran()
    try:
        found = door.ask(request_)
    finally:
        door.write()
    allowed, verb = json.loads(verbs)[0], request_["verb"]
    assert found == {"refused": f"{NAME} may {allowed}, but not {verb}"}
    assert door.ran() == before


@pytest.mark.parametrize("request_", [QUERY, SUBMIT, CANCEL, {"verb": "exec"}, "x"])
def test_a_caller_that_is_not_named_is_refused(door: Served, request_: object) -> None:
    door.write('somebody = ["query"]')
    before = door.ran()
    try:
        found = door.ask(request_)
    finally:
        door.write()
    assert found == {"refused": f"{NAME} may ask nothing: agent.toml does not name it in [callers]"}
    assert door.ran() == before


def test_callers_have_to_be_named_and_an_edit_needs_no_restart(served: Served) -> None:
    served.write(callers="")
    served.start()
    complaint = f"{served.config}: callers is missing: write [callers] and a line for each account"
    assert complaint in served.log()
    assert complaint in served.ask(QUERY)["failed"]
    served.write()
    assert works(served)


def test_sigterm_lets_a_submission_end(served: Served) -> None:
    began, may_end = served.home / "began", served.home / "may-end"
    sbatch = f"touch {began}; while ! [ -e {may_end} ]; do sleep 0.1; done; echo 77"
    served.write(more=served.tools(sbatch=sbatch))
    served.start()
    assert served.process
    with served.connect() as client:
        client.sendall(json.dumps(SUBMIT).encode())
        client.shutdown(socket.SHUT_WR)
        eventually(began.exists)
        # To the agent and its children alike, as Ctrl-C does, or KillMode=control-group would.
        for number in (signal.SIGTERM, signal.SIGINT):
            os.killpg(served.process.pid, number)
        eventually(lambda: not reachable(served))
        assert served.process.poll() is None
        may_end.touch()
        assert answer(client) == {"code": 0, "out": "77\n", "err": ""}
    assert served.process.wait(60) == 0
    assert not served.socket.exists()


def reachable(served: Served) -> bool:
    with peer(UID), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(served.socket)) == 0


def test_a_restart_behind_systemds_socket_loses_nobody(served: Served) -> None:
    with peer(UID):
        listener = made_at(served.socket)
    with listener:
        served.start(listener=listener)
        assert works(served)
        assert served.stop() == 0
        with served.connect() as waiting:
            waiting.sendall(WHOLE)
            waiting.shutdown(socket.SHUT_WR)
            served.start(listener=listener)
            assert Local().read_jobs(Reply(**answer(waiting))) == {}
        assert served.stop() == 0
    assert served.socket.exists()  # systemd's to remove


def test_a_second_server_does_not_take_the_place_of_the_first(door: Served) -> None:
    assert door.process and isinstance(door.process.args, list)
    second = subprocess.run(door.process.args, capture_output=True, timeout=60, env={}, cwd="/")
    assert second.returncode == 1
    assert f"another service answers at {door.socket}" in second.stderr.decode()
    assert works(door)
