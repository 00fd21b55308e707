"""What the hub learns when it asks: from a real agent, and from what only looks like one."""

import asyncio
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hub_config.cluster import transport
from hub_config.cluster.transport import AT_ONCE, CommandTransport, SocketTransport, Transport
from hub_config.schedulers.base import Refused, Unanswered
from hub_config.schedulers.local import Local
from tests.agent.requests import QUERY, SUBMIT
from tests.agent.served import UID, Served, eventually, peer, running

Talk = Callable[[socket.socket], None]


@pytest.fixture
def served() -> Iterator[Served]:
    """A running agent; the folder is one that every account can enter."""
    with running() as served:
        yield served


@pytest.fixture
def hub(served: Served) -> Transport:
    """The way to it; the account that may ask is ``peer(UID)``."""
    return SocketTransport(served.socket, 60)


async def test_a_query(hub: Transport) -> None:
    with peer(UID):
        assert Local().read_jobs(await hub.ask(QUERY)) == {}


async def test_many_at_once(hub: Transport) -> None:
    with peer(UID):
        replies = await asyncio.gather(*(hub.ask(QUERY) for _ in range(5 * AT_ONCE)))
    assert all(Local().read_jobs(reply) == {} for reply in replies)


async def test_a_query_does_not_wait_behind_cancels() -> None:
    """A scheduler too busy to cancel is still asked what has become of the jobs."""
    answered = asyncio.Event()

    class Slow(Transport):
        async def _exchange(self, data: bytes) -> tuple[bytes, str]:
            if json.loads(data)["verb"] == "cancel":
                await answered.wait()
            return b'{"code": 0, "out": "", "err": ""}', ""

    hub = Slow(30)
    cancels = [asyncio.create_task(hub.ask({"verb": "cancel"})) for _ in range(3 * AT_ONCE)]
    await asyncio.sleep(0)
    await asyncio.wait_for(hub.ask(QUERY), 10)
    answered.set()
    await asyncio.gather(*cancels)


async def test_a_refusal_is_the_agents_own_sentence(hub: Transport) -> None:
    with peer(UID), pytest.raises(Refused, match=r"^uuid: '0' cannot be used here$"):
        await hub.ask({**SUBMIT, "uuid": "0"})


async def test_a_failure_leaves_everything_open(hub: Transport, served: Served) -> None:
    served.config.write_text("")
    with peer(UID), pytest.raises(Unanswered, match=r"agent\.toml: launcher is missing"):
        await hub.ask(QUERY)


async def test_an_agent_whose_child_dies(hub: Transport, served: Served) -> None:
    served.write(more=served.tools(squeue="kill -9 $PPID"))
    with peer(UID), pytest.raises(Unanswered, match="closed the connection"):
        await hub.ask(QUERY)


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Callable[[Talk], SocketTransport]]:
    """Stands in for an agent that is broken in a way the real one cannot be made to be."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path = tmp_path / "s"
    listener.bind(str(path))
    listener.listen()
    threads: list[threading.Thread] = []

    def standin(talk: Talk) -> SocketTransport:
        def run() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                talk(connection)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return SocketTransport(path, 2)

    yield standin
    for thread in threads:
        thread.join(60)
    listener.close()


async def test_silence_ends_in_time(standin: Callable[[Talk], SocketTransport]) -> None:
    over = threading.Event()

    def talk(_: socket.socket) -> None:
        over.wait(60)

    hub = standin(talk)
    with pytest.raises(Unanswered, match="berth-agent gave no answer in 2 s"):
        await hub.ask(QUERY)
    over.set()


@pytest.mark.parametrize(
    "said", [b"", b"{", b"[]", b'"x"', b"null", b"{}", b'{"code": "x"}', b"\xff"]
)
async def test_what_is_no_answer_leaves_everything_open(
    standin: Callable[[Talk], SocketTransport], said: bytes
) -> None:
    def talk(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass
        connection.sendall(said)

    with pytest.raises(Unanswered, match="closed the connection"):
        await standin(talk).ask(QUERY)


async def test_a_flood_is_not_kept(
    standin: Callable[[Talk], SocketTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_LIMIT", 2**20)

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"x" * 2**24)

    with pytest.raises(Unanswered, match="more than 1048576 bytes"):
        await standin(talk).ask(QUERY)


async def test_a_reset_leaves_everything_open(standin: Callable[[Talk], SocketTransport]) -> None:
    hub = standin(lambda connection: None)  # closes without reading
    with pytest.raises(Unanswered, match=r"broke off|closed the connection"):
        await hub.ask({"x": "y" * 2**20})


async def test_no_socket_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(Unanswered, match=r"No such file or directory \(is berth-agent\.socket"):
        await SocketTransport(tmp_path / "none", 2).ask(QUERY)


async def test_a_socket_nobody_listens_at(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as idle:
        idle.bind(str(tmp_path / "s"))
    with pytest.raises(Unanswered, match="Connection refused"):
        await SocketTransport(tmp_path / "s", 2).ask(QUERY)


def python(code: str) -> CommandTransport:
    return CommandTransport((sys.executable, "-I", "-c", code), 30)


async def test_a_command_gets_the_request_and_gives_the_answer() -> None:
    code = "import json, sys; print(json.dumps({'code': 0, 'out': sys.stdin.read(), 'err': ''}))"
    assert json.loads((await python(code).ask(QUERY)).out) == QUERY


async def test_a_command_that_fails_is_quoted_by_its_last_words() -> None:
    with pytest.raises(Unanswered, match=r"exit code 7, saying .*the very reason$"):
        await python("import sys; sys.stderr.write('x' * 999 + ' the very reason'); exit(7)").ask(
            QUERY
        )


async def test_a_command_that_hangs_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    hanging = python(
        f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    )
    hanging.timeout = 5
    with pytest.raises(Unanswered, match="gave no answer in 5 s"):
        await hanging.ask(QUERY)
    eventually(lambda: not Path("/proc", pid.read_text(), "exe").exists())


async def test_a_command_that_is_not_there() -> None:
    with pytest.raises(Unanswered, match="cannot be started: /nonexistent: No such file"):
        await CommandTransport(("/nonexistent",), 2).ask(QUERY)
