"""The command lines that lead to berth-agent: on this machine, or on a login node by ssh."""

import sys
from hashlib import sha256
from pathlib import Path

from hub_config.model.scheduler import Ssh


def agent_argv(config: Path, python: str = "") -> tuple[str, ...]:
    """Return the agent's own command line, to the letter what sudoers must allow."""
    return (python or sys.executable, "-I", "-m", "hub_config.agent", "--config", str(config))


def ssh_argv(ssh: Ssh, runtime_dir: Path) -> tuple[str, ...]:
    """Return ssh without a command: the key's forced command is the agent's door over there.

    One connection is kept open and shared, so that a query costs no handshake; it ends by itself
    a minute after the last request. Nothing of anybody's ~/.ssh is read: ssh_config(5).
    """
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": _quoted(ssh.known_hosts),
        "GlobalKnownHostsFile": "none",
        "IdentityFile": _quoted(ssh.key),
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PreferredAuthentications": "publickey",
        "ClearAllForwardings": "yes",
        "LogLevel": "ERROR",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "10",
        "ServerAliveCountMax": "2",
        "ControlMaster": "auto",
        "ControlPersist": "60",
        "ControlPath": _quoted(runtime_dir / f"ssh-{_short_name(ssh)}"),
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    user = ("-l", ssh.user) if ssh.user else ()
    return ("/usr/bin/ssh", "-F", "none", "-T", *given, "-p", str(ssh.port), *user, "--", ssh.host)


def _short_name(ssh: Ssh) -> str:
    """Return a name for this connection alone; ssh's own, %C, can be too long for a socket."""
    return sha256(ssh.model_dump_json().encode()).hexdigest()[:8]


def _quoted(path: Path) -> str:
    """Return *path* as one word of ssh_config, which would expand % and split at blanks."""
    return f'"{str(path).replace("%", "%%")}"'
