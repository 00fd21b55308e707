"""Running commands within limits: real commands that hang, flood, daemonise or are not there."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_config.agent import Failure, Refusal
from hub_config.agent.identity import Identity
from hub_config.agent.process import OUTPUT_LIMIT, NotStarted, call, run
from hub_config.schedulers.base import Command, Reply

Bash = Callable[..., Reply]


@pytest.fixture
def bash(myself: Identity) -> Bash:
    """Run a line of bash as the agent runs a scheduler's tool."""

    def bash(line: str, stdin: str = "", timeout: float = 30) -> Reply:
        return run(Command(("/bin/bash", "-c", line), stdin), myself, {"A": "b"}, timeout)

    return bash


def test_code_output_and_errors_come_back(bash: Bash) -> None:
    assert bash("echo out; echo err >&2; exit 3") == Reply(3, "out\n", "err\n")


def test_a_command_killed_by_a_signal_has_not_succeeded(bash: Bash) -> None:
    assert bash("kill -9 $$").code == -signal.SIGKILL


def test_it_runs_at_the_root_with_the_given_environment_and_mask(bash: Bash) -> None:
    assert bash("pwd; umask; echo $A; env | grep -c =").out.split()[:3] == ["/", "0022", "b"]
    assert "PATH" not in bash("/usr/bin/env").out


def test_it_leads_a_session_of_its_own(bash: Bash) -> None:
    pid, session = bash("echo $$; cut -d' ' -f6 /proc/$$/stat").out.split()
    assert pid == session


def test_what_is_not_text_is_replaced(bash: Bash) -> None:
    assert bash(r"printf 'a\377b'").out == "a�b"


def test_a_long_stdin_that_nobody_reads_does_no_harm(bash: Bash) -> None:
    assert bash("exec <&-; echo done", stdin="x" * 2**20).out == "done\n"
    assert bash("wc -c", stdin="x" * 2**20).out.strip() == str(2**20)


@pytest.mark.parametrize(
    "line",
    [
        "sleep 600",
        "trap '' TERM INT HUP; sleep 600",
        "exec >&- 2>&-; sleep 600",
        "echo $$ $BASHPID; sleep 600 & exit 0",
    ],
    ids=["hangs", "ignores signals", "closes its output", "leaves a child with the pipe"],
)
def test_what_does_not_end_in_time_is_killed_with_its_group(
    bash: Bash, line: str, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    began = time.monotonic()
    with pytest.raises(Failure, match="bash: no end"):
        bash(f"echo $$ > '{pid_file}'; {line}", timeout=1)
    assert time.monotonic() - began < 30
    deadline = time.monotonic() + 30
    while _group(int(pid_file.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _group(group: int) -> list[str]:
    """Return the living processes of a process group, from /proc/<pid>/stat (proc(5))."""
    members = []
    for process in Path("/proc").iterdir():
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if process.name.isdigit() and fields[2] == str(group) and fields[0] != "Z":
            members.append(process.name)
    return members


@pytest.mark.parametrize("stream", [1, 2])
def test_too_much_output_is_an_end(bash: Bash, stream: int) -> None:
    with pytest.raises(Failure, match=f"more than {OUTPUT_LIMIT} bytes"):
        bash(f"yes >&{stream}")


def test_much_output_is_not_too_much(bash: Bash) -> None:
    assert len(bash(f"head -c {OUTPUT_LIMIT} /dev/zero").out) == OUTPUT_LIMIT


@pytest.mark.parametrize("path", ["/nonexistent", "/etc", "/etc/passwd"])
def test_what_cannot_be_started_did_not_run(myself: Identity, path: str) -> None:
    with pytest.raises(NotStarted, match=f"{path} cannot be started"):
        run(Command((path,)), myself, {}, 10)


def test_a_function_runs_in_a_child(myself: Identity, tmp_path: Path) -> None:
    def leave_pid() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))

    call(leave_pid, myself, 30)
    assert int((tmp_path / "pid").read_text()) != os.getpid()


def test_a_refusal_in_the_child_is_ours(myself: Identity) -> None:
    def refuse() -> None:
        raise Refusal("your home is full")

    with pytest.raises(Refusal, match=r"^your home is full$"):
        call(refuse, myself, 30)


def test_a_fault_in_the_child_is_told_without_its_text(myself: Identity) -> None:
    def fail() -> None:
        raise ValueError("the token is s3cret")

    with pytest.raises(Failure) as failure:
        call(fail, myself, 30)
    assert str(failure.value) == "a fault of the agent: ValueError"


def test_a_child_that_dies_is_a_failure(myself: Identity) -> None:
    with pytest.raises(Failure, match="died"):
        call(lambda: os.kill(os.getpid(), signal.SIGKILL), myself, 30)


def test_a_child_that_hangs_is_left_behind(myself: Identity) -> None:
    # Stands in for a write to a file server that does not answer.
    with pytest.raises(Failure, match=r"home directory of .* does not answer"):
        call(lambda: time.sleep(600), myself, 0.5)
