"""The hub's client through every way to the agent, as the hub's own account, with a real Slurm."""

import json
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.agents import SUBMIT, Door, SudoAgent, installed, tidy
from tests.cluster.sshd import Sshd
from tests.support.centre import HUB_USER, as_user
from tests.testbed.slurm import SlurmBed

# What a hub does with its agent, with times of queries in milliseconds.
CLIENT = """
import asyncio, json, sys, time
from pathlib import Path
from hub_config.cluster.client import Client
from hub_config.cluster.transport import make_transport
from hub_config.model.request import JobRequest
from hub_config.model.scheduler import Scheduler
from hub_config.schedulers.base import SchedulerError
from hub_config.schedulers.slurm import Slurm

async def main(settings, submit, runtime_dir, queries):
    scheduler = Scheduler.model_validate(settings)
    client = Client(make_transport(scheduler, Path(runtime_dir)), Slurm())
    try:
        partitions = sorted(await client.partitions())
    except SchedulerError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    request = JobRequest.from_json(submit["request"])
    env, url = submit["spawn"]["env"], submit["spawn"]["report_url"]
    job_id = await client.submit("alice", submit["uuid"], "", request, env, url)
    job = (await client.jobs())[job_id]
    await client.cancel("alice", job_id, submit["uuid"])
    times = []
    for _ in range(queries):
        began = time.perf_counter()
        await client.jobs()
        times.append((time.perf_counter() - began) * 1000)
    await asyncio.gather(*(client.jobs() for _ in range(20)))
    return {"partitions": partitions, "user": job.user, "times": times}

print(json.dumps(asyncio.run(main(*json.loads(sys.argv[1])))))
"""


@pytest.fixture(scope="module")
def sudo_agent(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[SudoAgent]:
    with installed(SudoAgent, slurm) as agent:
        assert isinstance(agent, SudoAgent)
        yield agent
        tidy(agent)


@pytest.fixture(scope="module")
def door(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Door]:
    with installed(Door, slurm) as agent:
        assert isinstance(agent, Door)
        yield agent
        tidy(agent)


@pytest.fixture(scope="module")
def login_node(door: Door) -> Iterator[Sshd]:
    """An sshd whose only key leads to the socket, by the line of docs/agent.md."""
    folder = door.place / "ssh"
    folder.mkdir()
    folder.chmod(0o755)
    shell = "/bin/sh"  # sshd runs the forced command with the account's shell: nologin cannot
    subprocess.run(["/usr/sbin/usermod", "--shell", shell, HUB_USER], check=True, timeout=60)
    relay = f"{door.argv[0]} -I -m hub_config.agent.relay {door.socket}"
    node = Sshd(folder, HUB_USER, relay)
    yield node
    node.close()
    subprocess.run(["/usr/sbin/usermod", "--shell", "/usr/sbin/nologin", HUB_USER], check=True)


def as_hub(
    door: Door | SudoAgent, settings: dict[str, Any], queries: int = 5, *, privileges: bool = False
) -> dict[str, Any]:
    """Return what the client found, run as the hub's account."""
    runtime = door.place / "runtime"
    runtime.mkdir(exist_ok=True)
    shutil.chown(runtime, HUB_USER)
    runtime.chmod(0o700)
    become = as_user(HUB_USER)
    if privileges:  # sudo needs to gain some
        become.remove("--no-new-privs")
    said = json.dumps([{"type": "slurm", **settings}, SUBMIT, str(runtime), queries])
    done = subprocess.run(
        [*become, door.argv[0], "-I", "-c", CLIENT, said],
        capture_output=True, text=True, timeout=100, cwd="/", env={},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(found: dict[str, Any], way: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "shared" in found["partitions"], found
    assert found["user"] == "alice"
    times = found["times"]
    with capsys.disabled():
        print(f"\n{way}: a query takes {statistics.median(times):.1f} ms (median), "
              f"{min(times):.1f} to {max(times):.1f} ms")  # fmt: skip


def test_by_the_socket(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"transport": "socket", "agent_socket": str(door.socket)}
    check(as_hub(door, settings, 100), "socket", capsys)


def test_by_sudo(sudo_agent: SudoAgent, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"transport": "sudo", "agent_config": str(sudo_agent.config)}
    check(as_hub(sudo_agent, settings, 20, privileges=True), "sudo", capsys)


def ssh(node: Sshd, **changes: Any) -> dict[str, Any]:
    keys = {"key": str(node.client_key), "known_hosts": str(node.known_hosts)}
    where = {"host": "127.0.0.1", "port": node.port, "user": HUB_USER}
    return {"transport": "ssh", "ssh": {**where, **keys, **changes}}


def test_by_ssh(door: Door, login_node: Sshd, capsys: pytest.CaptureFixture[str]) -> None:
    before = login_node.log().count("Accepted publickey")
    check(as_hub(door, ssh(login_node), 50), "ssh", capsys)
    assert login_node.log().count("Accepted publickey") == before + 1  # one handshake for all


def test_the_key_can_do_nothing_else(door: Door, login_node: Sshd) -> None:
    done = subprocess.run(
        [*as_user(HUB_USER), "/usr/bin/ssh", "-F", "none", "-i", str(login_node.client_key),
         "-o", f"UserKnownHostsFile={login_node.known_hosts}", "-o", "BatchMode=yes",
         "-p", str(login_node.port), f"{HUB_USER}@127.0.0.1", "/usr/bin/id"],
        input="{}", capture_output=True, text=True, timeout=60, env={},
    )  # fmt: skip
    assert (
        done.stdout == '{"refused": "the request has no verb: submit, cancel, note, log, query"}\n'
    )


def test_another_host_key_is_not_spoken_to(door: Door, login_node: Sshd, tmp_path: Path) -> None:
    other = door.place / "other_hosts"
    line = login_node.known_hosts.read_text().split()
    own = login_node.client_key.with_suffix(".pub").read_text().split()
    other.write_text(" ".join([line[0], *own[:2]]) + "\n")
    found = as_hub(door, ssh(login_node, known_hosts=str(other)))
    assert "Host key verification failed" in found["error"]


def test_a_login_node_that_is_away(door: Door, login_node: Sshd) -> None:
    found = as_hub(door, ssh(login_node, port=1))
    assert found["error"].startswith("Unanswered: berth-agent (ssh) ended with exit code 255")
    assert "Connection refused" in found["error"]


def test_a_login_node_without_an_agent(door: Door, login_node: Sshd) -> None:
    aside = door.socket.with_name("aside")
    door.socket.rename(aside)
    try:
        found = as_hub(door, ssh(login_node))
    finally:
        aside.rename(door.socket)
    assert f"berth-agent does not answer at {door.socket}" in found["error"]
