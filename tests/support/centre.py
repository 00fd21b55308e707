"""A whole centre on the test bed: hub as user berth, both doors behind sockets, PAM, Slurm."""

import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.hubs import Hub, until
from tests.testbed.install import Release
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

HUB_USER, DOOR_USER, AGENT_USER = "berth", "berth-auth", "berth-agent"
_SWITCHING = "-all,+setuid,+setgid"


def as_user(name: str, *groups: str) -> list[str]:
    """Return the start of a command line that runs the rest as a system user."""
    listed = ["--groups", ",".join(groups)] if groups else ["--clear-groups"]
    return ["/usr/bin/setpriv", f"--reuid={name}", f"--regid={name}", *listed, "--no-new-privs"]


def as_agent() -> list[str]:
    """Return the start of a command line that runs the rest with the rights of the agent's unit."""
    sets = [f"--{name}={_SWITCHING}" for name in ("inh-caps", "ambient-caps", "bounding-set")]
    return [*as_user(AGENT_USER, HUB_USER), *sets]


class Centre:
    """Files an operator would install, and three processes: berth-auth, berth-agent, the hub."""

    def __init__(self, bed: SlurmBed, release: Release, place: str = "hub") -> None:
        self.bed, self.release = bed, release
        self.python = release.hub / "bin" / "python"
        folder = _fresh(bed.layout.root / place)
        self.hub = Hub(folder, [*as_user(HUB_USER), str(self.python), "-m", "hub_config.app"])
        self.doors: list[subprocess.Popen[bytes]] = []
        self.agent_socket = bed.layout.root / "agent" / "agent.sock"
        self.door_socket = bed.layout.root / "door" / "auth.sock"
        self.agent_config = bed.layout.conf.with_name("agent.toml")
        self.pam_service = Path("/etc/pam.d", f"berth-{bed.layout.root.name}")

    def install(self, changes: Mapping[str, Any]) -> None:
        """Write agent.toml, the PAM file and the site: examples/dkrz with *changes*."""
        self.agent_config.write_text(
            f'scheduler = "slurm"\nlauncher = "{self.release.launcher}"\n'
            f'environment = {{SLURM_CONF = "{self.bed.env["SLURM_CONF"]}"}}\n'
            f'callers = {{{HUB_USER} = ["submit", "cancel", "query"]}}\n'
        )
        self.pam_service.write_text("@include common-auth\n@include common-account\n")
        self.hub.write_site("dkrz", {
            "auth": {"socket": str(self.door_socket), "admins": ["bob"]},
            "scheduler": {
                "transport": "socket", "agent_socket": str(self.agent_socket),
                "agent_config": str(self.agent_config), "poll_interval": "3s",
            },
            **changes,
        })  # fmt: skip
        must(["/bin/chown", "-R", f"{HUB_USER}:{HUB_USER}", str(self.hub.folder)])
        self.hub.folder.chmod(0o700)

    def start(self) -> None:
        """Start both doors and the hub, and return when all answer."""
        self._open_door(
            DOOR_USER, self.door_socket, as_user(DOOR_USER, "shadow"), "hub_config.auth.door",
            "--service", self.pam_service.name, "--allow-uid", HUB_USER,
        )  # fmt: skip
        self._open_door(
            AGENT_USER, self.agent_socket, as_agent(), "hub_config.agent",
            "--config", str(self.agent_config), "--serve",
        )  # fmt: skip
        self.hub.start()

    def _open_door(self, user: str, path: Path, become: list[str], *module: str) -> None:
        """Start the service that listens at *path*, for the hub's group, and wait until it does."""
        path.parent.mkdir(exist_ok=True)
        must(["/bin/chown", f"{user}:{HUB_USER}", str(path.parent)])
        path.parent.chmod(0o2750)
        with path.with_suffix(".log").open("ab") as log:
            self.doors.append(subprocess.Popen(
                [*become, str(self.python), "-I", "-m", *module, "--socket", str(path)],
                stdin=subprocess.DEVNULL, stderr=log, cwd="/", env={},
            ))  # fmt: skip
        until(lambda: _opens(path), f"{user} listening")

    def close(self) -> None:
        """End all processes and take the files of this test bed away."""
        self.hub.close()
        for door in self.doors:
            door.terminate()
        for door in self.doors:
            door.wait(60)
        self.doors.clear()
        self.pam_service.unlink(missing_ok=True)

    def jobs(self, user: str) -> list[dict[str, str]]:
        """Return ``scontrol show job -dd`` of every job of *user* in the queue."""
        return [self.bed.job(job.id) for job in self.bed.squeue(user)]

    def the_job(self, user: str) -> dict[str, str]:
        """Return the only job of *user*, once it runs."""
        deadline = time.monotonic() + 60
        while True:
            jobs = [job for job in self.jobs(user) if job["JobState"] == "RUNNING"]
            if len(jobs) == 1:
                return jobs[0]
            assert time.monotonic() < deadline, jobs
            time.sleep(0.2)


def _opens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def spawn_files(user: str) -> set[Path]:
    """Return the files in which tokens travel to this user's jobs."""
    return set(Path(pwd.getpwnam(user).pw_dir, ".cache", "berth").glob("*.json"))
