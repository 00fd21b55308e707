"""Berth under test: hub as user berth, agent behind its socket, as a centre has it."""

import re
import subprocess
from collections.abc import Mapping
from typing import Any, ClassVar

from hub_config.auth.passwords import hash_password
from tests.chaos.cluster import MEMORY
from tests.chaos.side import ADMIN, PEOPLE, Place, Side
from tests.support.centre import AGENT_USER, HUB_USER, as_agent, as_user
from tests.support.hubs import Hub, until
from tests.testbed.install import install_release
from tests.testbed.layout import HOME, chosen
from tests.testbed.shell import must

PASSWORD = "correct horse battery"
PARTITIONS = ("work", "scavenge", "frail", "narrow")
_JOB, _CLIENT = "hub_config.job", "hub_config.cluster.client"


class Ours(Side):
    """A hub of this checkout."""

    name = "ours"
    job_name = "berth"
    usual_poll = 7
    points: ClassVar = {
        "before the intent": ("hub_config.job", "BatchJob", "intend", "before"),
        "intent committed": (_CLIENT, "Client", "submit", "before"),
        "answer not read": ("hub_config.schedulers.slurm", "Slurm", "read_submit", "before"),
        "id not stored": (_CLIENT, "Client", "submit", "after"),
        "port reported": ("hub_config.callback", "ReadyHandler", "post", "before"),
        "port taken": (_JOB, "BatchJob", "report", "after"),
        "before the route": ("jupyterhub.proxy", "Proxy", "add_user", "before"),
        "after the route": ("jupyterhub.proxy", "Proxy", "add_user", "after"),
        "stop pressed": (_CLIENT, "Client", "cancel", "before"),
        "cancelled": (_CLIENT, "Client", "cancel", "after"),
    }

    def __init__(self, patience: int = 25) -> None:
        super().__init__()
        self.patience = patience  # seconds that the agent gives a command
        self.python = (
            install_release(HOME / f"release{chosen().instance or ''}").hub / "bin" / "python"
        )
        folder = self.root / "hub"
        folder.mkdir()
        self.hub = Hub(folder, [])
        main = self.write_points()
        self.hub.argv = [
            *as_user(HUB_USER), str(self.python), str(main), str(folder / "points.json"),
            "hub_config.app:main",
        ]  # fmt: skip
        self.agent: subprocess.Popen[bytes] | None = None
        self.socket = self.root / "agent" / "agent.sock"
        self.agent_config = self.bed.layout.conf.with_name("agent.toml")
        self.site: dict[str, Any] = {}
        self.hashed = hash_password(PASSWORD)
        must(["/bin/chown", f"{HUB_USER}:{HUB_USER}", str(self.data)])
        self.configure()
        self.profiles({})

    def configure(self, **changes: Any) -> None:
        self.site |= changes
        scheduler = {"poll_interval": f"{self.site['poll']}s"} if "poll" in self.site else {}
        self.hub.write_site("dkrz", {
            "auth": {"method": "dictionary", "admins": [ADMIN],
                     "passwords": dict.fromkeys(PEOPLE, self.hashed), "groups": None},
            "scheduler": {
                "transport": "socket", "agent_socket": str(self.socket),
                "agent_config": str(self.agent_config),
                "start_timeout": f"{self.site.get('start_timeout', 300)}s", **scheduler,
            },
            "hub": {"named_servers": 100, "slow_spawn_wait": "1s", "data_dir": str(self.data)},
            "user_script": None,
        })  # fmt: skip
        for name in ("advanced.yml", "presets.yml"):
            self.hub.folder.joinpath("profiles.d", name).unlink()
        must(["/bin/chown", "-R", f"{HUB_USER}:{HUB_USER}", str(self.hub.folder)])
        self.hub.folder.chmod(0o700)

    def profiles(self, more: Mapping[str, str]) -> None:
        offered = {**{name: name for name in PARTITIONS}, **more}
        text = "\n".join(["presets:", *(preset(*item) for item in offered.items())])
        self.hub.folder.joinpath("profiles.d", "chaos.yml").write_text(f"{text}\n")

    def answers(self, partition: str) -> dict[str, str]:
        return {"profile": partition}

    def password(self, user: str) -> str:
        return PASSWORD

    def is_noted(self, place: Place) -> bool:
        """Return whether the port is in the comment of the job, seconds after the start."""
        return re.fullmatch(r"berth:\w+:[\w-]*:[0-9]+", self.job_of(place).comment) is not None

    def open(self) -> None:
        self.agent_config.write_text(
            f'scheduler = "slurm"\ntimeout = {self.patience}\n'
            f'launcher = "{self.stub}"\nbin_dir = "{self.tools.bin}"\n'
            f'environment = {{SLURM_CONF = "{self.bed.env["SLURM_CONF"]}"}}\n'
            f'callers = {{{HUB_USER} = ["submit", "cancel", "query"]}}\n'
        )
        self.socket.parent.mkdir()
        must(["/bin/chown", f"{AGENT_USER}:{HUB_USER}", str(self.socket.parent)])
        self.socket.parent.chmod(0o2750)
        with (self.root / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                [*as_agent(), str(self.python), "-I", "-m", "hub_config.agent",
                 "--config", str(self.agent_config), "--serve", "--socket", str(self.socket)],
                stdin=subprocess.DEVNULL, stderr=log, cwd="/", env={},
            )  # fmt: skip
        until(self.socket.exists, "berth-agent listening")
        self.hub.start()

    def close(self) -> None:
        super().close()
        if self.agent is not None:
            self.agent.terminate()
            self.agent.wait(60)


def preset(name: str, partition: str) -> str:
    """Return one preset of the profile file."""
    walltime = "1m" if name == "brief" else "1h"
    return (
        f'  - {{id: {name}, title: "Servers in {partition}", '
        f"partition: {partition}, cores: 1, memory: {MEMORY}M, walltime: {walltime}}}"
    )
