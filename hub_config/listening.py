"""A service's unix socket, handed over by systemd or made here, and who is at its other end.

Standard library only.
"""

import os
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

FIRST_INHERITED = 3
"""SD_LISTEN_FDS_START, man 3 sd_listen_fds."""


def inherited(environment: Mapping[str, str]) -> socket.socket | None:
    """Return the socket systemd opened for this process, None if it opened none.

    Raises ValueError if it opened several, or not a listening unix stream socket.
    """
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return None
    if environment.get("LISTEN_FDS") != "1":
        raise ValueError("the unit hands over several sockets; keep one ListenStream=")
    listener = socket.socket(fileno=FIRST_INHERITED)
    kind = (listener.family, listener.type)
    if kind != (socket.AF_UNIX, socket.SOCK_STREAM) or not _listens(listener):
        raise ValueError("the unit hands over no listening unix stream socket (Accept=no)")
    os.set_inheritable(FIRST_INHERITED, False)  # not for programs we start
    return listener


def made_at(path: Path) -> socket.socket:
    """Return a listening socket at *path*, for this user and one group only (0660).

    The group is that of the folder if it is setgid, else this process's primary group.

    Replaces the socket file a killed predecessor left. Raises FileExistsError if *path* is
    something else or if somebody still answers there; other OSErrors as they come.
    """
    if path.is_symlink() or (path.exists() and not path.is_socket()):
        raise FileExistsError(f"{path} is no socket; remove it or choose another path")
    if path.exists():
        if _answers(path):
            raise FileExistsError(f"another service answers at {path}; stop it first")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    previous = os.umask(0o117)  # before it exists, so that nobody else can ever open it
    try:
        listener.bind(str(path))
    finally:
        os.umask(previous)
    listener.listen()
    return listener


def peer_uid(connection: socket.socket) -> int:
    """Return the uid that connected, as the kernel knows it (SO_PEERCRED, man 7 unix)."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)


def _listens(listener: socket.socket) -> bool:
    return listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
    return True
