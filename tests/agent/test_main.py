"""The agent as a program: one request on stdin, one answer on stdout."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub_config.agent import exchange
from hub_config.agent.identity import Identity
from hub_config.agent.policy import Policy
from hub_config.schedulers.base import Reply
from hub_config.schedulers.local import Local
from tests.agent.requests import HOSTILE_BYTES, QUERY, SUBMIT, TOKEN
from tests.agent.served import AS_NOBODY, NOBODY


@pytest.fixture
def agent(tmp_path: Path) -> "Agent":
    return Agent(tmp_path)


class Agent:
    """The program with a policy for the local scheduler."""

    def __init__(self, folder: Path) -> None:
        self.records = folder / "records"
        self.config = folder / "agent.toml"
        self.config.write_text(
            'scheduler = "local"\nlauncher = "/bin/true"\nrun_as = "self"\n'
            f'[environment]\nBERTH_LOCALBATCH_DIR = "{self.records}"\n'
        )
        self.become: tuple[str, ...] = ()
        if os.geteuid() == 0:
            self.become = AS_NOBODY
            self.records.mkdir(mode=0o700)
            os.chown(self.records, NOBODY, NOBODY)

    def argv(self, *arguments: str) -> tuple[str, ...]:
        return (*self.become, sys.executable, "-I", "-m", "hub_config.agent", *arguments)

    def call(self, data: bytes) -> "subprocess.CompletedProcess[bytes]":
        argv = self.argv("--config", str(self.config))
        return subprocess.run(argv, input=data, env={}, capture_output=True, timeout=60)

    def ask(self, data: bytes) -> dict[str, Any]:
        done = self.call(data)
        assert (done.returncode, done.stderr) == (0, b"")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def test_a_query(agent: Agent) -> None:
    assert Local().read_jobs(Reply(**agent.ask(json.dumps(QUERY).encode()))) == {}


@pytest.mark.parametrize(
    "data", [data for _, data in HOSTILE_BYTES], ids=[name for name, _ in HOSTILE_BYTES]
)
def test_bytes_that_are_no_request_get_an_answer_all_the_same(agent: Agent, data: bytes) -> None:
    assert list(agent.ask(data)) == ["refused"]


def test_a_request_that_does_not_end_is_refused(agent: Agent) -> None:
    argv = agent.argv("--config", str(agent.config))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(QUERY).encode())
        process.stdin.flush()
        assert json.loads(process.stdout.read()) == {
            "refused": "the request did not end within 10 s"
        }


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--config"],
        ["--config", "a", "b"],
        ["-c", "a"],
        ["--serve", "--config", "a"],
        ["--config", "a", "--serve", "--socket"],
        ["--config", "a", "--check", "--serve"],
    ],
)
def test_another_command_line_is_refused(agent: Agent, arguments: list[str]) -> None:
    done = subprocess.run(agent.argv(*arguments), capture_output=True, timeout=60, input=b"")
    assert done.returncode == 1 and done.stdout == b"" and b"usage:" in done.stderr


def test_a_configuration_with_a_mistake_is_a_failure_with_its_cure(agent: Agent) -> None:
    agent.config.write_text('scheduler = "local"\n')
    answer = agent.ask(json.dumps(QUERY).encode())
    assert answer == {"failed": f"{agent.config}: launcher is missing"}


def test_a_configuration_can_be_checked(agent: Agent) -> None:
    argv = agent.argv("--config", str(agent.config), "--check")
    good = subprocess.run(argv, capture_output=True, timeout=60)
    assert (good.returncode, good.stdout, good.stderr) == (0, b"", b"")
    agent.config.write_text('scheduler = "local"\n')
    bad = subprocess.run(argv, capture_output=True, timeout=60)
    assert (bad.returncode, bad.stderr.decode()) == (1, f"{agent.config}: launcher is missing\n")


def test_what_goes_wrong_inside_is_told_without_the_request(
    myself: Identity, policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"with {TOKEN}")

    # There is no request that breaks the agent: a fault is put in.
    monkeypatch.setattr(exchange, "handle", broken)
    with (tmp_path / "request").open("w+") as request:
        json.dump(SUBMIT, request)
        request.seek(0)
        done = exchange.exchange(request.fileno(), lambda: myself, lambda: policy)
    assert done.answer == {"failed": "a fault of the agent: RuntimeError"}
    assert TOKEN not in str(done)


def test_the_agent_is_standard_library_and_little_of_ours(agent: Agent) -> None:
    show = "import sys; from hub_config.agent import __main__, server; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", show], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(done.stdout.split())
    ours = {name for name in modules if name.partition(".")[0] in ("hub_config", "services")}
    rooms = {".".join(name.split(".")[:2]) for name in ours}
    assert rooms <= {
        "hub_config",
        "hub_config.agent",
        "hub_config.listening",
        "hub_config.model",
        "hub_config.paths",
        "hub_config.said",
        "hub_config.schedulers",
    }
    assert {name for name in ours if name.startswith("hub_config.model.")} == {
        "hub_config.model.request"
    }
    # What a virtual environment's own .pth files load at start is not the agent's doing.
    plain = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*sorted(sys.modules))"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    added = modules - ours - set(plain.stdout.split())
    foreign = {name for name in added if name.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign == set()


def test_a_hostile_submission_to_the_program_leaves_nothing(agent: Agent) -> None:
    answer = agent.ask(json.dumps({**SUBMIT, "user": "root; id"}).encode())
    assert answer == {"refused": "user: 'root; id' cannot be used here"}
