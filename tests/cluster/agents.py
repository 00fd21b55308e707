"""An installed berth-agent on the test bed: behind sudo, and behind its socket."""

import json
import pwd
import re
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub_config.schedulers.base import Reply
from hub_config.schedulers.slurm import Slurm
from tests.agent.served import answer, peer
from tests.support.centre import AGENT_USER, HUB_USER, as_agent
from tests.support.hubs import until
from tests.testbed.install import Release, install_release
from tests.testbed.layout import HOME
from tests.testbed.machine import folder
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

UUID = "0123456789abcdef" * 2
TOKEN = "t0ken-that-must-not-show"
DOCUMENT = Path(__file__).parents[2] / "docs" / "agent.md"
SUDOERS = Path("/etc/sudoers.d/berth-agent-test")
SPAWN_FILE = Path(".cache", "berth", f"{UUID}.json")
SUBMIT: dict[str, Any] = {
    "verb": "submit",
    "user": "alice",
    "uuid": UUID,
    "server": "gpu-work",
    "request": {
        "profile": "small",
        "partition": "shared",
        "cores": 1,
        "memory": 512,
        "walltime": 600,
        "application": "lab",
        "account": "bm0146",
    },
    "spawn": {
        "env": {"JUPYTERHUB_API_TOKEN": TOKEN},
        "report_url": "http://127.0.0.1:8081/hub/api/berth/ready",
    },
    "dry_run": False,
}
CANCEL = {"verb": "cancel", "user": "alice", "job_id": "0", "uuid": UUID}
NOTE = {**CANCEL, "verb": "note", "server": "gpu-work", "port": 40123}
LOG = {"verb": "log", "user": "alice", "job_id": "0", "log_name": ""}
QUERY = {"verb": "query", "what": "jobs"}
LAUNCHER = "#!/bin/bash\nid -un; stat -c '%a %U' \"$1\"; env; exec sleep 600\n"


class Agent(ABC):
    """An agent with its policy, and berth's way to it."""

    callers = ""

    def __init__(self, bed: SlurmBed, release: Release, place: Path) -> None:
        self.bed, self.place = bed, place
        self.config = place / "agent.toml"
        self.argv = (
            *(str(release.hub / "bin" / "python"), "-I", "-m", "hub_config.agent"),
            *("--config", str(self.config)),
        )
        self.write()

    def write(self, more: str = "") -> None:
        """Write agent.toml; *more* goes before its tables."""
        launcher = self.tool("launcher", LAUNCHER)
        self.config.write_text(
            f'scheduler = "slurm"\nlauncher = "{launcher}"\n{more}\n'
            f'[environment]\nSLURM_CONF = "{self.bed.env["SLURM_CONF"]}"\n{self.callers}'
        )
        self.config.chmod(0o644)

    def tool(self, name: str, text: str) -> Path:
        """Make a program of root's that everybody can run."""
        file = self.place / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    @abstractmethod
    def ask(self, request: object, **env: str) -> dict[str, Any]:
        """Return the answer to berth; *env* is what berth would like the agent to run with."""

    @abstractmethod
    def close(self) -> None:
        """Undo what is outside of the folder."""

    def submit(self, **changes: Any) -> str:
        return Slurm().read_submit(Reply(**self.ask({**SUBMIT, **changes})))

    def log(self, job_id: str) -> list[str]:
        """Return the lines of alice's job's log once the launcher has written them."""
        file, deadline = Path(f"/home/alice/berth_{job_id}.log"), time.monotonic() + 60
        while not (file.exists() and "LOGNAME=" in file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        return file.read_text().splitlines()


class SudoAgent(Agent):
    """Started by sudo for each request, by the lines of docs/agent.md."""

    def __init__(self, bed: SlurmBed, release: Release, place: Path) -> None:
        super().__init__(bed, release, place)
        lines = re.search(r"```sudoers\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
        assert lines, f"{DOCUMENT} shows no sudoers lines"
        documented = "/opt/berth/current/hub/bin/python -I -m hub_config.agent --config"
        documented += " /etc/berth/agent.toml"
        assert documented in lines[1]
        text = lines[1].replace(documented, " ".join(self.argv))
        draft = SUDOERS.with_name(".berth-agent-test")
        draft.write_text(text.replace("BERTH_AGENT", "BERTH_AGENT_TEST"))
        draft.chmod(0o440)
        must(["/usr/sbin/visudo", "-c", "-q", "-f", str(draft)])
        draft.replace(SUDOERS)

    def close(self) -> None:
        SUDOERS.unlink()

    def sudo(
        self, *argv: str, data: bytes = b"", **env: str
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run sudo as berth."""
        berth = ("/usr/bin/setpriv", "--reuid=berth", "--regid=berth", "--clear-groups")
        whole = [*berth, "/usr/bin/sudo", "-n", *argv]
        return subprocess.run(whole, input=data, env=env, capture_output=True, timeout=100, cwd="/")

    def ask(self, request: object, **env: str) -> dict[str, Any]:
        done = self.sudo(*self.argv, data=json.dumps(request).encode(), **env)
        assert (done.returncode, done.stderr) == (0, b""), done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


class Door(Agent):
    """A server behind a socket, with the rights that the unit of docs/agent.md gives it."""

    callers = f'[callers]\n{HUB_USER} = ["submit", "cancel", "query"]\n'

    def __init__(self, bed: SlurmBed, release: Release, place: Path) -> None:
        super().__init__(bed, release, place)
        self.socket, self.journal = place / "run" / "agent.sock", place / "journal"
        folder(self.socket.parent, AGENT_USER)
        shutil.chown(self.socket.parent, group=HUB_USER)
        self.socket.parent.chmod(0o2750)
        with self.journal.open("wb") as journal:
            self.process = subprocess.Popen(
                [*as_agent(), *self.argv, "--serve", "--socket", str(self.socket)],
                stdin=subprocess.DEVNULL, stderr=journal, cwd="/", env={},
            )  # fmt: skip
        until(lambda: "answering at" in self.journal.read_text(), "the agent listening")

    def close(self) -> None:
        self.process.terminate()
        assert self.process.wait(60) == 0, self.journal.read_text()

    def ask(self, request: object, **env: str) -> dict[str, Any]:
        assert self.process.poll() is None  # env is a thing of its own: there is no way to send one
        return self.ask_as(pwd.getpwnam(HUB_USER).pw_uid, json.dumps(request).encode())

    def ask_as(self, uid: int, data: bytes) -> dict[str, Any]:
        """Return the answer to *data* from the account *uid*."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(100)
            with peer(uid):
                client.connect(str(self.socket))
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            return answer(client)


@contextmanager
def installed(kind: type[Agent], bed: SlurmBed) -> Iterator[Agent]:
    """Install an agent of this kind in a folder of its own."""
    place = HOME / f"agent-test-{kind.__name__.lower()}"
    shutil.rmtree(place, ignore_errors=True)
    folder(HOME, "root")
    folder(place, "root")
    agent = kind(bed, install_release(), place)
    try:
        yield agent
    finally:
        agent.close()
        shutil.rmtree(place)


def tidy(agent: Agent) -> None:
    """Leave nothing in the queue and no spawn file in any home."""
    agent.bed.cancel_all()
    agent.write()
    for user in ("alice", "bob"):
        must(["/bin/rm", "-rf", f"/home/{user}/.cache"])
