"""The ``scheduler`` section of site.yml: which batch system, and the way to it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from hub_config.model.fields import (
    HttpTimeout,
    StartTimeout,
    Strict,
    UserName,
    Walltime,
)
from hub_config.model.places import Address, FilePath

SLURM, GRID_ENGINE = "Slurm", "Grid Engine"

_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(f'"{value[:60]}" is no host — write for example login1.example.org')
    return value


Host = Annotated[
    str,
    AfterValidator(_host),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_HOST.pattern})$"}),
]
"""A name or an address; never something that ssh would take for an option."""


class Ssh(Strict):
    """The login node whose agent is asked, by a key that can do nothing else there."""

    host: Host = Field(description="name or address of the login node")
    port: int = Field(22, ge=1, le=65535, description="where its sshd listens")
    user: UserName | None = Field(
        None, description="account of the agent's callers over there; left out: the hub's own name"
    )
    key: FilePath = Field(description="private key without passphrase, readable by the hub alone")
    known_hosts: FilePath = Field(
        Path("/etc/ssh/ssh_known_hosts"), description="file with the host key of the login node"
    )


class Scheduler(Strict):
    """Which scheduler, and how the hub reaches berth-agent."""

    type: Literal["slurm", "gridengine", "local"] = Field(
        description="local: processes of this machine"
    )
    transport: Literal["socket", "sudo", "ssh", "direct"] = Field(
        "socket",
        description="how the hub reaches berth-agent; ssh: at a login node; direct: as itself",
    )
    agent_socket: FilePath = Field(
        Path("/run/berth/agent.sock"), description="where berth-agent listens (socket)"
    )
    agent_config: FilePath = Field(
        Path("/etc/berth/agent.toml"), description="the agent's own settings (sudo, direct)"
    )
    agent_python: str = Field(
        "", description="the interpreter that sudoers names; left out: the hub's own (sudo, direct)"
    )
    ssh: Ssh | None = Field(None, description="which login node, and with which key (ssh)")
    timeout: Walltime = Field(30, description="how long an answer of the agent may take")
    poll_interval: Walltime = Field(
        7,
        description="how often the scheduler is asked for all jobs, in one query; more often while"
        " something starts or stops, and not at all while there is no server",
    )
    start_timeout: StartTimeout = Field(3600, description="how long a server may wait in the queue")
    http_timeout: HttpTimeout = Field(120, description="how long a server may take to boot")
    single_user_listen: Address = Field(
        "0.0.0.0",  # noqa: S104 - a server is reached from the proxy's machine
        description="address that servers listen on, on their node",
    )

    @property
    def product(self) -> str:
        """Whose words pages and forms speak; those of ``local`` are Slurm's."""
        return GRID_ENGINE if self.type == "gridengine" else SLURM

    @model_validator(mode="after")
    def _ssh_needs_a_host(self) -> "Scheduler":
        if self.transport == "ssh" and self.ssh is None:
            raise ValueError("transport: ssh needs to know where to — write ssh: with host and key")
        if self.transport != "ssh" and self.ssh is not None:
            raise ValueError(f"ssh: has no use with transport: {self.transport} — remove one")
        return self
