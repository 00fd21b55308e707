"""A private sshd on a loopback port: the login node that the agent is asked at."""

import subprocess
from pathlib import Path

from tests.support.hubs import free_ports, until
from tests.testbed.shell import must


class Sshd:
    """Host key, one client key for *user* with a forced command, and the daemon."""

    def __init__(self, folder: Path, user: str, command: str) -> None:
        self.folder = folder
        [self.port] = free_ports(1)
        self.client_key = folder / "key"
        for name in ("host", "key"):
            must(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)])
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {_public(folder / 'host')}\n")
        allowed = folder / "authorized_keys"
        allowed.write_text(f'restrict,command="{command}" {_public(self.client_key)}\n')
        for readable in (self.known_hosts, allowed):
            readable.chmod(0o644)
        must(["/bin/chown", user, str(self.client_key)])
        self._configure(user, allowed)
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # what its unit would make
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")],
                stdin=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip
        until(lambda: "Server listening" in self.log(), "sshd listening")

    def _configure(self, user: str, allowed: Path) -> None:
        self.folder.joinpath("sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {self.folder}/host\n"
            f"AuthorizedKeysFile {allowed}\nAllowUsers {user}\nPidFile none\nUsePAM yes\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nLogLevel VERBOSE\n"
        )

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def _public(key: Path) -> str:
    return key.with_suffix(".pub").read_text().strip()
