"""A whole centre on the test bed: hub as user berth, agent behind sudo, PAM logins, Slurm."""

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

HUB_USER, DOOR_USER = "berth", "berth-auth"


def as_user(name: str, *groups: str) -> list[str]:
    """Return the start of a command line that runs the rest as a system user."""
    listed = ["--groups", ",".join(groups)] if groups else ["--clear-groups"]
    return ["/usr/bin/setpriv", f"--reuid={name}", f"--regid={name}", *listed, "--no-new-privs"]


class Centre:
    """Files an operator would install, and the two processes: berth-auth and the hub."""

    def __init__(self, bed: SlurmBed, release: Release) -> None:
        self.bed, self.release = bed, release
        self.python = release.hub / "bin" / "python"
        command = as_user(HUB_USER)[:-1]  # sudo needs to gain privileges
        folder = _fresh(bed.layout.root / "hub")
        self.hub = Hub(folder, [*command, str(self.python), "-m", "hub_config.app"])
        self.door: subprocess.Popen[bytes] | None = None
        self.door_socket = bed.layout.root / "door" / "auth.sock"
        self.agent_config = bed.layout.conf.with_name("agent.toml")
        name = f"berth-{bed.layout.root.name}"
        self.sudoers, self.pam_service = Path("/etc/sudoers.d", name), Path("/etc/pam.d", name)

    def install(self, changes: Mapping[str, Any]) -> None:
        """Write agent.toml, sudoers, the PAM file and the site: examples/dkrz with *changes*."""
        self.agent_config.write_text(
            f'scheduler = "slurm"\nlauncher = "{self.release.launcher}"\n'
            f'environment = {{SLURM_CONF = "{self.bed.env["SLURM_CONF"]}"}}\n'
        )
        argv = f"{self.python} -I -m hub_config.agent --config {self.agent_config}"
        fresh = self.sudoers.with_name(
            f".{self.sudoers.name}"
        )  # sudo reads no file with a dot in its name
        fresh.write_text(f"{HUB_USER} ALL=(root) NOPASSWD: {argv}\n")
        fresh.chmod(0o440)
        must(["/usr/sbin/visudo", "-c", "-q", "-f", str(fresh)])
        fresh.replace(self.sudoers)
        self.pam_service.write_text("@include common-auth\n@include common-account\n")
        self.hub.write_site("dkrz", {
            "auth": {"socket": str(self.door_socket), "admins": ["bob"]},
            "scheduler": {"agent_config": str(self.agent_config), "poll_interval": "3s"},
            **changes,
        })  # fmt: skip
        must(["/bin/chown", "-R", f"{HUB_USER}:{HUB_USER}", str(self.hub.folder)])
        self.hub.folder.chmod(0o700)

    def start(self) -> None:
        """Start the login door and the hub, and return when both answer."""
        folder = self.door_socket.parent
        folder.mkdir(exist_ok=True)
        must(["/bin/chown", f"{DOOR_USER}:{HUB_USER}", str(folder)])
        folder.chmod(0o2750)
        self.door = subprocess.Popen(
            [*as_user(DOOR_USER, "shadow"), str(self.python), "-I", "-m",
             "hub_config.auth.door", "--service", self.pam_service.name, "--allow-uid", HUB_USER,
             "--socket", str(self.door_socket)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", env={},
        )  # fmt: skip
        until(self._door_opens, "berth-auth listening")
        self.hub.start()

    def _door_opens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.door_socket)) == 0

    def close(self) -> None:
        """End all processes and take the files of this test bed away."""
        self.hub.close()
        if self.door:
            self.door.terminate()
            self.door.wait(10)
        for path in (self.sudoers, self.pam_service):
            path.unlink(missing_ok=True)

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


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def spawn_files(user: str) -> set[Path]:
    """Return the files in which tokens travel to this user's jobs."""
    return set(Path(pwd.getpwnam(user).pw_dir, ".cache", "berth").glob("*.json"))
