"""Command lines that lead to the agent: what ssh makes of ours is asked of ssh itself."""

import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hub_config.cluster.transport import CommandTransport, SocketTransport, make_transport
from hub_config.cluster.ways import agent_argv, ssh_argv
from hub_config.model.scheduler import Scheduler, Ssh

SSH = Ssh.model_validate({"host": "login1.example.org", "user": "berth", "key": "/etc/key one"})


def understood(argv: tuple[str, ...]) -> dict[str, str]:
    """Return the settings that ssh(1) -G says it would use."""
    done = subprocess.run(
        [argv[0], "-G", *argv[1:]], capture_output=True, text=True, check=True, timeout=60, env={}
    )
    return dict(line.partition(" ")[::2] for line in done.stdout.splitlines())


def test_ssh_understands_what_we_mean() -> None:
    found = understood(ssh_argv(SSH, Path("/run/100% berth")))
    assert (found["hostname"], found["user"], found["port"]) == (
        "login1.example.org",
        "berth",
        "22",
    )
    assert found["identityfile"] == "/etc/key one"
    assert found["userknownhostsfile"] == "/etc/ssh/ssh_known_hosts"
    assert found["globalknownhostsfile"] == "none"
    assert found["stricthostkeychecking"] == "true"
    assert found["controlpath"].startswith("/run/100% berth/ssh-")
    assert (found["controlmaster"], found["controlpersist"]) == ("auto", "60")
    for yes in ("batchmode", "identitiesonly", "clearallforwardings"):
        assert found[yes] == "yes"
    assert found["forwardagent"] == "no"


def test_another_login_node_never_gets_the_connection_of_the_first() -> None:
    paths = {
        understood(ssh_argv(SSH.model_copy(update=change), Path("/run")))["controlpath"]
        for change in ({}, {"host": "login2"}, {"port": 2222}, {"user": "other"})
    }
    assert len(paths) == 4


@pytest.mark.parametrize("host", ["", "-oProxyCommand=id", "a b", "a;b", "user@host", "ho\nst"])
def test_what_ssh_could_take_for_something_else_is_no_host(host: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        Ssh.model_validate({"host": host, "key": "/k"})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"transport": "ssh"}, "transport: ssh needs to know where to"),
        ({"ssh": {"host": "a", "key": "/k"}}, "ssh: has no use with transport: socket"),
    ],
)
def test_transport_and_ssh_belong_together(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Scheduler.model_validate({"type": "slurm", **change})


def test_each_kind_has_its_way() -> None:
    def made(**settings: object) -> object:
        return make_transport(Scheduler.model_validate({"type": "slurm", **settings}), Path("/run"))

    by_socket, by_sudo = made(), made(transport="sudo", agent_python="/p")
    assert isinstance(by_socket, SocketTransport)
    assert by_socket.path == Path("/run/berth/agent.sock")
    agent = ("/p", "-I", "-m", "hub_config.agent", "--config", "/etc/berth/agent.toml")
    assert isinstance(by_sudo, CommandTransport)
    assert by_sudo.argv == ("/usr/bin/sudo", "-n", *agent)
    direct = made(transport="direct", agent_python="/p")
    assert isinstance(direct, CommandTransport) and direct.argv == agent
    by_ssh = made(transport="ssh", ssh={"host": "a", "key": "/k"})
    assert isinstance(by_ssh, CommandTransport) and by_ssh.argv[-2:] == ("--", "a")


def test_sudoers_has_the_command_line_to_the_letter() -> None:
    argv = agent_argv(Path("/etc/berth/agent.toml"), "/opt/berth/current/hub/bin/python")
    document = Path(__file__).parents[2] / "docs" / "agent.md"
    assert f"Cmnd_Alias BERTH_AGENT = {' '.join(argv)}\n" in document.read_text()


def test_the_example_of_the_document_is_good() -> None:
    document = Path(__file__).parents[2] / "docs" / "agent.md"
    [example] = re.findall(r"```yaml\n(.*?)```", document.read_text(), re.DOTALL)
    scheduler = Scheduler.model_validate(YAML(typ="safe").load(example)["scheduler"])
    assert scheduler.ssh and scheduler.ssh.host == "login1.example.org"
