"""`berth smoke` and `berth doctor` at a whole centre: real users, real jobs, nothing is left."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.centre import Centre
from tests.support.hubs import Visitor, until

MINUTES = 300


@pytest.fixture
def password_file(tmp_path: Path, unix_users: dict[str, str]) -> Path:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(f"{unix_users['alice']}\n")
    return file


@pytest.fixture
def smoke(centre: Centre, password_file: Path) -> list[str]:
    """The command line, up to the presets."""
    return [
        str(centre.release.hub / "bin" / "berth"), "smoke", "--json", "--user", "alice",
        "--url", centre.hub.url, "--password-file", str(password_file),
    ]  # fmt: skip


@pytest.fixture
def paused(centre: Centre) -> Iterator[str]:
    """A partition that takes jobs and begins none."""
    set_state = ["/usr/bin/scontrol", "update", "PartitionName=shared"]
    centre.bed.run_as("root", [*set_state, "State=DOWN"])
    yield "shared-1"
    centre.bed.run_as("root", [*set_state, "State=UP"])


def run(argv: list[str]) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=MINUTES, cwd="/")
    assert done.stdout.startswith("["), done.stdout + done.stderr
    return done.returncode, {found["preset"]: found for found in json.loads(done.stdout)}


def nothing_is_left(centre: Centre, alice: Visitor, tokens: set[str]) -> None:
    models = alice.api("GET", "/users/alice", params={"include_stopped_servers": "1"}).json()
    assert not [name for name in models["servers"] if name.startswith(("smoke", "doctor"))]
    assert alice.tokens() == tokens
    centre.bed.wait_empty("alice")


@pytest.mark.timeout(300)
def test_presets_are_what_they_promise(centre: Centre, alice: Visitor, smoke: list[str]) -> None:
    before = alice.tokens()
    names = ("shared-1", "prepost-2")
    code, found = run([*smoke, *(f"--preset={name}" for name in names)])
    assert code == 0, found
    assert set(found) == set(names)
    checks = {check["name"]: check for check in found["prepost-2"]["checks"]}
    assert all(check["good"] for check in checks.values()), checks
    assert {name: check["seen"] for name, check in checks.items()} == {
        "partition": "prepost", "cores": "2", "memory": "10G", "gpus": "0", "walltime": "12:00:00",
    }  # fmt: skip
    assert set(found["shared-1"]["seconds"]) == {"queue", "boot", "cell", "stop"}
    nothing_is_left(centre, alice, before)


def test_a_node_that_pretends_is_found_out(alice: Visitor, smoke: list[str]) -> None:
    """The bed's nodes say that they have more cores than the machine they run on."""
    code, found = run([*smoke, "--preset=compute-24", "--parallel=2"])
    assert code == 1
    assert found["compute-24"]["outcome"] == "differs"
    assert "cores: asked for 24, the job sees 24 (" in found["compute-24"]["message"]


def test_waiting_is_no_failure_and_no_success(
    centre: Centre, alice: Visitor, smoke: list[str], paused: str
) -> None:
    before = alice.tokens()
    code, found = run([*smoke, f"--preset={paused}", "--queue-limit=5s"])
    assert code == 1  # nothing was proved
    assert found[paused]["outcome"] == "waited"
    nothing_is_left(centre, alice, before)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_still_tidies_up(
    centre: Centre, alice: Visitor, smoke: list[str], how: signal.Signals
) -> None:
    before = alice.tokens()
    process = subprocess.Popen([*smoke, "--preset=shared-1"], stderr=subprocess.PIPE, cwd="/")
    until(lambda: centre.bed.squeue("alice"), "the job")
    process.send_signal(how)
    _, said = process.communicate(timeout=MINUTES)
    assert process.returncode != 0
    assert b"Traceback" not in said
    nothing_is_left(centre, alice, before)


def test_the_users_own_server_is_left_alone(
    centre: Centre, alice: Visitor, smoke: list[str]
) -> None:
    alice.start("", {"profile": "shared-1", "account": "bm0146"})
    alice.wait_ready()
    job = centre.the_job("alice")["JobId"]
    code, _ = run([*smoke, "--preset=shared-1"])
    assert code == 0
    assert alice.servers()[""]["ready"]
    assert centre.the_job("alice")["JobId"] == job


def test_the_doctor_finds_a_centre_in_health(
    centre: Centre, alice: Visitor, password_file: Path
) -> None:
    before = alice.tokens()
    argv = [
        str(centre.release.hub / "bin" / "berth"), "doctor", "--json", "--user", "alice",
        "--site", str(centre.hub.folder), "--password-file", str(password_file),
    ]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, text=True, timeout=MINUTES, cwd="/")
    findings = json.loads(done.stdout)
    wrong = [found for found in findings if found["level"] == "fail"]
    assert {found["check"] for found in wrong} <= {"presets"}, wrong
    good = {found["check"] for found in findings if found["level"] == "ok"}
    assert good >= {"site", "address", "hub", "proxy", "munge", "policy", "agent", "queue", "node"}
    assert any("nobody is refused" in found["seen"] for found in findings)
    nothing_is_left(centre, alice, before)
