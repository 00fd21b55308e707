"""The agent behind its socket: one process that accepts, and a child of it for each request.

Starting Python for a request takes longer than the request; a fork of what is already loaded
does not. The parent reads nothing of what peers send. agent.toml is read by each child, so an
edit needs no restart.
"""

import gc
import json
import os
import select
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

from hub_config.agent import Failure, capabilities
from hub_config.agent.exchange import REQUEST_SECONDS, exchange
from hub_config.agent.identity import account
from hub_config.agent.policy import Policy, load
from hub_config.listening import inherited, made_at, peer_uid

SOCKET = Path("/run/berth/agent.sock")
AT_ONCE = 32
"""Requests at a time; further ones wait in the socket's backlog."""

ANSWER_SECONDS = 10.0
SPARE_SECONDS = 20
"""Beyond its own limits; a child that is later hangs in something nobody can time (a name
service), and is killed by its own alarm."""


def serve(config: Path, path: Path) -> None:
    """Answer until SIGTERM, then let the running requests end. Raises OSError, ValueError."""
    handed_over = inherited(os.environ)
    listener = handed_over or made_at(path)
    if capabilities.can_switch():
        capabilities.keep(capabilities.SWITCHING)
    try:
        load(config, served=True)
    except Failure as failure:  # each request will say so too, until it is mended
        _log(str(failure))
    _log(f"answering at {listener.getsockname()}")
    Server(listener, config).run()
    if not handed_over:
        path.unlink(missing_ok=True)


class Server:
    """Accepts, forks, reaps. One thread, no state but the children."""

    def __init__(self, listener: socket.socket, config: Path) -> None:
        self._listener, self._config = listener, config
        self._children: set[int] = set()
        self._stopping = False

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        self._listener.setblocking(False)
        woken = self._handle_signals()
        gc.freeze()  # the children share these pages
        while not self._stopping:
            waiting = [woken] if len(self._children) >= AT_ONCE else [woken, self._listener]
            ready = select.select(waiting, [], [])[0]
            if woken in ready:
                woken.recv(4096)
                self._reap(os.WNOHANG)
            if self._listener in ready and not self._stopping:
                self._accept()
        self._listener.close()
        self._reap(0)

    def _handle_signals(self) -> socket.socket:
        """Return what becomes readable when a signal has come."""
        woken, waker = socket.socketpair()
        for end in (woken, waker):
            end.setblocking(False)
        self._waker = waker
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        return woken

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        with connection:
            try:
                child = os.fork()
            except OSError as error:
                _log(f"no process for a request: {error.strerror}")
                return
            if child == 0:
                try:
                    self._answer(connection)
                finally:
                    os._exit(0)
            self._children.add(child)

    def _reap(self, options: int) -> None:
        while self._children:
            child, status = os.waitpid(-1, options)
            if child == 0:
                return
            self._children.discard(child)
            if os.WIFSIGNALED(status):
                _log(f"a request got no answer: {signal.Signals(os.WTERMSIG(status)).name}")

    def _answer(self, connection: socket.socket) -> None:
        """Read, do, answer, log: all there is to the life of a child."""
        began = time.monotonic()
        self._become_child()
        done = exchange(connection.fileno(), lambda: account(peer_uid(connection)), self._policy)
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.sendall(json.dumps(done.answer).encode() + b"\n")
            told = ""
        except OSError:
            told = ", and nobody took the answer"
        connection.close()
        _log(f"{done}{told} ({(time.monotonic() - began) * 1000:.0f} ms)")

    def _become_child(self) -> None:
        signal.alarm(int(REQUEST_SECONDS) + SPARE_SECONDS)
        signal.set_wakeup_fd(-1)
        # Who ends the agent ends it after its requests; what they run has the default again.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _do_nothing)
        self._listener.close()

    def _policy(self) -> Policy:
        policy = load(self._config, served=True)
        signal.alarm(policy.timeout + int(ANSWER_SECONDS) + SPARE_SECONDS)
        return policy


def _do_nothing(*_: object) -> None:
    """Let a signal interrupt a wait, and no more."""


def _log(line: str) -> None:
    """Write one line to the journal: in one piece, whoever else writes at the same time."""
    with suppress(OSError):
        os.write(2, f"{line[:1000]}\n".encode())
