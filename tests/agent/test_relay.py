"""The relay: what ssh's forced command does with a request."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_config.schedulers.base import Reply
from hub_config.schedulers.local import Local
from tests.agent.requests import QUERY
from tests.agent.served import AS_NOBODY, Served, running


@pytest.fixture
def served() -> Iterator[Served]:
    """A running agent, in a folder that every account can enter."""
    with running() as served:
        yield served


def relay(*arguments: str, data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    become = AS_NOBODY if os.geteuid() == 0 else ()
    argv = (*become, sys.executable, "-I", "-m", "hub_config.agent.relay", *arguments)
    return subprocess.run(argv, input=data, capture_output=True, timeout=60, env={})


def test_a_request_goes_there_and_its_answer_comes_back(served: Served) -> None:
    done = relay(str(served.socket), data=json.dumps(QUERY).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert Local().read_jobs(Reply(**json.loads(done.stdout))) == {}


def test_what_is_too_much_is_refused_over_there(served: Served) -> None:
    done = relay(str(served.socket), data=b"x" * 2**22)
    assert json.loads(done.stdout) == {"refused": f"the request has more than {256 * 1024} bytes"}


def test_no_agent_is_told(tmp_path: Path) -> None:
    done = relay("/nonexistent/agent.sock")
    assert done.returncode == 1 and done.stdout == b""
    assert done.stderr == (
        b"berth-agent does not answer at /nonexistent/agent.sock: No such file or directory\n"
    )


@pytest.mark.parametrize("arguments", [(), ("/a", "/b")])
def test_another_command_line_is_refused(arguments: tuple[str, ...]) -> None:
    done = relay(*arguments)
    assert done.returncode == 1 and b"usage:" in done.stderr
