import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_config.listening import inherited, made_at, peer_uid


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "door.sock"


@pytest.fixture
def listener(path: Path) -> Iterator[socket.socket]:
    with made_at(path) as listener:
        yield listener


def test_the_socket_of_a_killed_predecessor_is_replaced(path: Path) -> None:
    made_at(path).close()
    assert path.is_socket()
    with made_at(path):
        connect(path).close()


@pytest.mark.usefixtures("listener")
def test_a_socket_that_answers_is_left_alone(path: Path) -> None:
    with pytest.raises(FileExistsError, match="another service answers"):
        made_at(path)
    connect(path).close()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_anything_else_is_left_alone(path: Path, tmp_path: Path, kind: str) -> None:
    if kind == "file":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "x")
    with pytest.raises(FileExistsError, match="is no socket"):
        made_at(path)


def test_the_peer_is_known_by_the_kernel(listener: socket.socket, path: Path) -> None:
    with connect(path), listener.accept()[0] as accepted:
        assert peer_uid(accepted) == os.getuid()


def test_sockets_for_another_process_are_not_ours() -> None:
    assert inherited({}) is None
    assert inherited({"LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDS": "1"}) is None


def test_several_sockets_are_refused() -> None:
    with pytest.raises(ValueError, match="keep one ListenStream"):
        inherited({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"})


def test_a_socket_handed_over_as_systemd_does_is_served(
    listener: socket.socket, path: Path
) -> None:
    taker = start_with(listener)
    with connect(path) as client:
        assert client.recv(100) == b"from the taker"
    _, said = taker.communicate(timeout=60)
    assert (taker.returncode, said) == (0, b"")


def test_a_socket_that_does_not_listen_is_refused(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as idle:
        idle.bind(str(path))
        taker = start_with(idle)
    _, said = taker.communicate(timeout=60)
    assert b"no listening unix stream socket" in said


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(60)
    client.connect(str(path))
    return client


# man 3 sd_listen_fds: descriptor 3, and the pid of the very process that is to take it.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-c", sys.argv[2]])
"""
TAKE = """
import os
from hub_config.listening import inherited
listener = inherited(os.environ)
assert not os.get_inheritable(3)
with listener.accept()[0] as accepted:
    accepted.sendall(b"from the taker")
"""


def start_with(handed: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", HAND_OVER, str(handed.fileno()), TAKE],
        pass_fds=[handed.fileno()],
        stderr=subprocess.PIPE,
    )
