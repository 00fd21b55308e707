"""A room for one hub under test: its folder, its people, and what its jobs and its agent do."""

import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hub_config.auth.passwords import hash_password
from hub_config.schedulers.localjob import Record
from tests.hub.account import account
from tests.hub.machine import children
from tests.support.hubs import Hub, Visitor, until

HERE = Path(__file__).resolve().parent
SITE = HERE / "site"
PASSWORDS = {name: f"{name}-secret-word" for name in ("ann", "ben", "cat")}
ADMIN = "ann"

RECORDER = """\
#!/bin/sh
# Stands where sites name the agent's interpreter: keeps each request, then runs the real one,
# unless a test has put a fault in its way (Room.fault).
request=$(mktemp {asked}/XXXXXXXXXX) && cat > $request
agent() {{
    [ $(id -u) != 0 ] || set -- {prefix} {python} "$@"
    [ $(id -u) = 0 ] || set -- {python} "$@"
    "$@" < $request
}}
for fault in {faults}/*; do
    [ ! -e "$fault" ] || ! grep -q "\"${{fault##*/}}\"" $request || {{ . "$fault"; exit; }}
done
[ $(id -u) != 0 ] || exec {prefix} {python} "$@" < $request
exec {python} "$@" < $request
"""


class Room:
    """One site folder below /tmp and its hub, not started. *changes* is merged into site.yml."""

    def __init__(self, changes: Mapping[str, Any], site: Path = SITE) -> None:
        self.account = account()
        self.folder = Path(tempfile.mkdtemp(prefix="berth-hub-"))
        self.home, self._asked = self.folder / "home", self.folder / "asked"
        self._faults = self.folder / "faults"
        for folder in (self.home, self._asked, self._faults):
            folder.mkdir()
        program = [str(self.account.python), "-m", "hub_config.app"]
        self.hub = Hub(self.folder, [*self.account.prefix, *program])
        self.hub.write_site(str(site), _people(self.folder))
        self.change(changes)
        prefix = " ".join(self.account.prefix)
        recorder = RECORDER.format(
            asked=self._asked, faults=self._faults, prefix=prefix, python=self.account.python
        )
        self._program("agent-python", recorder)
        self.standin = self._program("standin.py", HERE.joinpath("standin.py").read_text())
        self.write_agent()
        self.account.give(self.folder, self.home, self._asked)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Merge *changes* into site.yml; what is not running yet reads them."""
        self.hub.write_site(str(self.folder), changes)
        profiles = self.folder / "profiles.d"
        self.account.give(self.folder / "site.yml", profiles, *profiles.iterdir())

    def write_agent(self, launcher: Path | None = None, home: Path | None = None) -> None:
        """Write agent.toml, which the agent reads at each call."""
        file = self.folder / "agent.toml"
        file.write_text(
            'scheduler = "local"\nrun_as = "self"\n'
            f'launcher = "{launcher or self.account.launcher}"\nhome = "{home or self.home}"\n'
        )
        self.account.give(file)

    def _program(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    @contextmanager
    def launcher(self, launcher: Path) -> Iterator[None]:
        """Let jobs run *launcher* instead of berth-singleuser."""
        self.write_agent(launcher)
        yield
        self.write_agent()

    @contextmanager
    def fault(self, word: str, instead: str) -> Iterator[None]:
        """Run the shell commands *instead* of the agent for requests with "*word*" in them.

        The real one is ``agent "$@"``; what is printed is the agent's answer.
        """
        file = self._faults / word
        file.with_suffix(".new").write_text(instead + "\n")
        file.with_suffix(".new").rename(file)
        try:
            yield
        finally:
            file.unlink()

    def visitor(self, name: str) -> Visitor:
        """Return a logged-in visitor."""
        return self.hub.visitor(name, PASSWORDS[name])

    def strangers(self) -> list[str]:
        """Return the command lines of the hub's child processes that are no call of the agent.

        Between fork and exec a child still has the command line of the hub.
        """
        assert self.hub.process is not None
        ours = ("hub_config.agent", "hub_config.app")
        lines = children(self.hub.process.pid)
        return [line for line in lines if not any(name in line for name in ours)]

    def faults(self) -> int:
        """Return how many requests the hub has answered with 5xx (jupyterhub/log.py)."""
        return len(re.findall(r"\] 5\d\d [A-Z]+ /", self.hub.log()))

    # --- what the agent was asked, and what the scheduler knows

    def asked(self, verb: str = "") -> list[dict[str, Any]]:
        """Return all requests of this kind, or of any, that the agent was ever sent."""
        texts = [file.read_bytes() for file in self._asked.iterdir()]
        requests = [json.loads(text) for text in texts if text.strip().endswith(b"}")]
        return [request for request in requests if verb in ("", request.get("verb"))]

    @property
    def submitted(self) -> int:
        """How many jobs the scheduler has taken, ever (localbatch.py, _next_id)."""
        file = self._jobs / "last"
        return int(file.read_text() or 0) if file.exists() else 0

    def records(self) -> list[Record]:
        """Return the records of all jobs not yet forgotten, in their order."""
        files = self._jobs.glob("*.json")
        return sorted((Record.read(file) for file in files), key=lambda record: record.job_id)

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
            "agent_python": str(folder / "agent-python"),
        },
    }


@contextmanager
def running(settings: Mapping[str, Any]) -> Iterator[Room]:
    """Run a hub of these settings, for a fixture."""
    room = Room(settings)
    try:
        room.hub.start()
        yield room
    finally:
        room.close()
