"""Who gets to the agent through sudo, by the lines of sudoers that docs/agent.md shows."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.cluster.agents import QUERY, SudoAgent, installed
from tests.testbed.slurm import SlurmBed


@pytest.fixture(scope="module")
def agent(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[SudoAgent]:
    with installed(SudoAgent, slurm) as agent:
        assert isinstance(agent, SudoAgent)
        yield agent


def test_root_itself_and_other_accounts_are_not_served(agent: SudoAgent) -> None:
    data = json.dumps(QUERY).encode()
    direct = subprocess.run(agent.argv, input=data, env={}, capture_output=True, timeout=60)
    assert "root does not ask itself" in json.loads(direct.stdout)["failed"]
    as_bob = ["/usr/bin/setpriv", "--reuid=bob", "--regid=bob", "--clear-groups"]
    unprivileged = subprocess.run(
        [*as_bob, *agent.argv], input=data, env={}, capture_output=True, timeout=60
    )
    assert "needs root" in json.loads(unprivileged.stdout)["failed"]
    through_sudo = subprocess.run(
        [*as_bob, "/usr/bin/sudo", "-n", *agent.argv],
        input=data, env={}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert through_sudo.returncode == 1 and through_sudo.stdout == b""


def test_sudo_allows_exactly_the_documented_command(agent: SudoAgent) -> None:
    listed = agent.sudo("-l").stdout.decode()
    assert f"(root) NOPASSWD: {' '.join(agent.argv)}" in re.sub(r"\s+", " ", listed)
    python, config = agent.argv[0], str(agent.config)
    others: tuple[tuple[str, ...], ...] = (
        ("/bin/true",),
        (python,),
        (python, "-c", "pass"),
        (*agent.argv, "--more"),
        (*agent.argv[:-1], "/tmp/agent.toml"),  # noqa: S108
        (*agent.argv[:-1], f"{config}/../agent.toml"),
        (python, "-m", "hub_config.agent", "--config", config),
        ("-u", "alice", *agent.argv),
        ("-g", "root", *agent.argv),
        ("PYTHONPATH=/tmp", *agent.argv),
        ("-E", *agent.argv),
        ("-s",),
    )
    for other in others:
        done = agent.sudo(*other, PYTHONPATH="/tmp")  # noqa: S108
        assert done.returncode == 1 and done.stdout == b"", other
