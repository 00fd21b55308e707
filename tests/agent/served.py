"""The agent behind a socket of its own, as an account without rights, and peers who knock."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.hubs import until

NOBODY = 65534
# Root may not run the demo's agent, so as root we try it as nobody; the checkout may be where
# only root can look, which the one capability mends.
AS_NOBODY = (
    "/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
    "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
)  # fmt: skip
UID = os.geteuid() or NOBODY
NAME = pwd.getpwuid(UID).pw_name
EVERYTHING = '["submit", "cancel", "query"]'
MODULE = ("-I", "-m", "hub_config.agent")
# man 3 sd_listen_fds: descriptor 3, and the pid of the very process that is to take it.
_HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Served:
    """A folder with agent.toml and a scheduler's tools, and the server while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "agent.toml"
        self.socket, self.log_file = folder / "run" / "agent.sock", folder / "log"
        self.records = folder / "records"
        self.home = folder / "home"
        for own in (self.socket.parent, self.records, self.home):
            own.mkdir(mode=0o700)
            os.chown(own, UID, -1)
        self.process: subprocess.Popen[bytes] | None = None
        self.write()

    def write(self, callers: str = f"{NAME} = {EVERYTHING}", more: str = "") -> None:
        """Write agent.toml for the local scheduler; *more* replaces the line that names it."""
        self.config.write_text(
            f'{more or LOCAL}\nlauncher = "/bin/true"\nrun_as = "self"\nhome = "{self.home}"\n'
            f'[environment]\nBERTH_LOCALBATCH_DIR = "{self.records}"\n'
            + (f"[callers]\n{callers}\n" if callers else "")
        )

    def tools(self, **texts: str) -> str:
        """Make tools that play Slurm's, and return the lines of agent.toml that name them."""
        for name, text in texts.items():
            (self.folder / name).write_text(f"#!/bin/bash\n{text}\n")
            (self.folder / name).chmod(0o755)
        return f'scheduler = "slurm"\nbin_dir = "{self.folder}"'

    def start(self, *python: str, listener: socket.socket | None = None) -> None:
        """Start the server and return when it answers; *listener* is handed over as by systemd."""
        become = AS_NOBODY if os.geteuid() == 0 else ()
        begin = (*become, sys.executable)
        words = [*(python or MODULE), "--config", str(self.config), "--serve"]
        handed = [listener.fileno()] if listener else []
        if listener:
            words = ["-I", "-c", _HAND_OVER, str(listener.fileno()), *words]
        else:
            words += ["--socket", str(self.socket)]
        count = self.log().count("answering at")
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*begin, *words], stdin=subprocess.DEVNULL, stderr=log, env={}, cwd="/",
                pass_fds=handed, start_new_session=True,
            )  # fmt: skip
        until(lambda: self.log().count("answering at") > count, "the agent listening")

    def log(self) -> str:
        return self.log_file.read_text() if self.log_file.exists() else ""

    def stop(self) -> int:
        """End the server as systemd does; return its exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop()

    def children(self) -> list[int]:
        """Return the pids of the requests in hand."""
        assert self.process
        pid = self.process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def connect(self) -> socket.socket:
        """Return a connection of the account that may ask."""
        with peer(UID):
            client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            client.settimeout(60)
            client.connect(str(self.socket))
        return client

    def send(self, data: bytes) -> dict[str, Any]:
        """Return the answer to *data*."""
        with self.connect() as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            return answer(client)

    def ask(self, request: object) -> dict[str, Any]:
        return self.send(json.dumps(request).encode())

    def ran(self) -> list[str]:
        """Return what any tool or any write to the home has left behind."""
        return [entry.name for folder in (self.records, self.home) for entry in folder.iterdir()]


LOCAL = 'scheduler = "local"'


def answer(client: socket.socket) -> dict[str, Any]:
    """Read an answer to its end."""
    with client.makefile("rb") as stream:
        found: dict[str, Any] = json.loads(stream.read())
    return found


@contextmanager
def peer(uid: int) -> Iterator[None]:
    """Be *uid* for others: SO_PEERCRED gives the effective uid at the time of connect(2)."""
    before = os.geteuid(), os.getegid()
    if uid != before[0]:
        os.setegid(_group(uid))
        os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(before[0])
        os.setegid(before[1])


def _group(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:  # an account without a name
        return NOBODY


@contextmanager
def running() -> Iterator[Served]:
    """A running agent, in a folder that every account can enter."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="berth-served-"))
    folder.chmod(0o755)
    served = Served(folder)
    served.start()
    yield served
    served.close()
    shutil.rmtree(folder)


def eventually(condition: Callable[[], Any]) -> None:
    """Wait until *condition* holds."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
