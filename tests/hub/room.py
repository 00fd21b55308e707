"""A room for one hub under test: its folder, the Unix account it runs as, and its job table.

Nothing runs jobs as root, so as root the hub runs as ``berth``, a system user of the test bed;
otherwise as whoever runs the tests.
"""

import json
import os
import pwd
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hub_config.auth.passwords import hash_password
from hub_config.schedulers.localjob import Record
from tests.support.hubs import ROOT, Hub, Visitor, until
from tests.testbed import users

HERE = Path(__file__).resolve().parent
SITE = HERE / "site"
LAUNCHER = ROOT / ".venv-user" / "bin" / "berth-singleuser"
PASSWORDS = {name: f"{name}-secret-word" for name in ("ann", "ben", "cat")}
ADMIN = "ann"


class Room:
    """One site folder below /tmp and its hub, not started. *changes* is merged into site.yml."""

    def __init__(self, changes: Mapping[str, Any], site: Path = SITE) -> None:
        self.account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="berth-hub-"))
        self.home = self.folder / "home"
        self.home.mkdir()
        self._asked = self.folder / "asked"
        self._asked.mkdir()
        self.hub = Hub(self.folder, [*_AS_ACCOUNT, sys.executable, "-m", "hub_config.app"])
        self.hub.write_site(str(site), _people(self.folder))
        self._write_recorder()
        self.change(changes)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Merge *changes* into site.yml, and give all files to the account."""
        self.hub.write_site(str(self.folder), changes)
        self.write_agent()

    def write_agent(self, launcher: Path = LAUNCHER, home: Path | None = None) -> None:
        """Write agent.toml, which the agent reads at each call, and give all files away."""
        self.folder.joinpath("agent.toml").write_text(
            'scheduler = "local"\nrun_as = "self"\n'
            f'launcher = "{launcher}"\nhome = "{home or self.home}"\n'
        )
        for path in (self.folder, *self.folder.rglob("*")):
            with suppress(FileNotFoundError):  # a file of a moment
                os.lchown(path, self.account.pw_uid, self.account.pw_gid)

    def _write_recorder(self) -> None:
        as_account = f'exec {" ".join(_AS_ACCOUNT)} {sys.executable} "$@" < $request'
        recorder = self.folder / "agent-python"
        recorder.write_text(
            "#!/bin/sh\n"
            f"request=$(mktemp {self._asked}/XXXXXXXXXX) && cat > $request\n"
            f"[ $(id -u) != 0 ] || {as_account}\n"
            f'exec {sys.executable} "$@" < $request\n'
        )
        recorder.chmod(0o755)

    @contextmanager
    def launcher(self, launcher: Path) -> Iterator[None]:
        """Let jobs run *launcher* instead of berth-singleuser."""
        self.write_agent(launcher)
        yield
        self.write_agent()

    def visitor(self, name: str) -> Visitor:
        """Return a logged-in visitor."""
        return self.hub.visitor(name, PASSWORDS[name])

    # --- what the hub does

    def children(self) -> list[str]:
        """Return the command lines of the hub's own child processes."""
        assert self.hub.process is not None
        return [_command(pid) for pid in _pids() if _parent(pid) == self.hub.process.pid]

    def faults(self) -> int:
        """Return how many requests the hub has answered with 5xx (jupyterhub/log.py)."""
        return len(re.findall(r"\] 5\d\d [A-Z]+ /", self.hub.log()))

    # --- what the agent was asked, and what the scheduler knows

    def asked(self, verb: str) -> list[dict[str, Any]]:
        """Return all requests of this kind that the agent was ever sent."""
        texts = [file.read_bytes() for file in self._asked.iterdir()]
        requests = [json.loads(text) for text in texts if text.strip().endswith(b"}")]
        return [request for request in requests if request.get("verb") == verb]

    @property
    def submitted(self) -> int:
        """How many jobs the scheduler has taken, ever (localbatch.py, _next_id)."""
        file = self._jobs / "last"
        return int(file.read_text() or 0) if file.exists() else 0

    def records(self) -> list[Record]:
        """Return the records of all jobs not yet forgotten."""
        return [Record.read(file) for file in sorted(self._jobs.glob("*.json"))]

    def living(self) -> list[Record]:
        """Return the jobs of which a process is left."""
        return [r for r in self.records() if r.watcher.alive() or r.script.alive()]

    def spawn_file(self, uuid: str) -> Path:
        """Return the path of the file with the server's environment and token."""
        return self.home / ".cache" / "berth" / f"{uuid}.json"

    @property
    def _jobs(self) -> Path:
        return self.home / ".local" / "state" / "berth" / "jobs"

    def close(self) -> None:
        """End the hub, its proxy and its jobs, and remove the folder."""
        self.hub.close()
        for record in self.living():
            with suppress(ProcessLookupError):
                os.kill(record.watcher.pid, signal.SIGTERM)
        until(lambda: not self.living(), "the end of all jobs")
        shutil.rmtree(self.folder)


def stop_all(visitor: Visitor) -> None:
    """Stop the servers of *visitor*, forget the named ones, and wait for their ends."""
    path, everything = f"/users/{visitor.name}", {"include_stopped_servers": "1"}

    def left() -> list[str]:
        servers = visitor.api("GET", path, params=everything).json()["servers"]
        return [name for name, model in servers.items() if name or not model["stopped"]]

    for server in left():
        if server:
            visitor.api("DELETE", f"{path}/servers/{server}", {"remove": True})
        else:
            visitor.stop()
    until(lambda: not left(), f"the end of {visitor.name}'s servers")


def _people(folder: Path) -> dict[str, Any]:
    return {
        "auth": {
            "passwords": {name: hash_password(word) for name, word in PASSWORDS.items()},
            "admins": [ADMIN],
            "groups": {"climate": ["ann"], "ocean": []},
        },
        "scheduler": {
            "agent_config": str(folder / "agent.toml"),
            # The agent's interpreter, here a script that keeps each request before it runs it.
            "agent_python": str(folder / "agent-python"),
        },
    }


def _account() -> pwd.struct_passwd:
    if os.geteuid() == 0:
        users.ensure()
        return pwd.getpwnam("berth")
    return pwd.getpwuid(os.geteuid())


_AS_ACCOUNT = (
    ("/usr/bin/setpriv", "--reuid=berth", "--regid=berth", "--clear-groups")
    if os.geteuid() == 0
    else ()
)


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has just ended
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return "hub_config.agent"
