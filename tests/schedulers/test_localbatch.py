"""The local scheduler's own behaviour, on real processes. What all do: tests/contract/."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hub_config.schedulers.replies import ROW_MARK
from tests.schedulers.requests import UUID

PATIENCE = 60.0


class Batch:
    """The tool, with its records in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.records = folder / ".local" / "state" / "berth" / "jobs"

    def call(self, *argv: str, script: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "-m", "hub_config.schedulers.localbatch", *argv],
            input=script,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LOGNAME": "alice", **env},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def submit(self, script: str, walltime: int = 600) -> str:
        words = {
            "uuid": UUID,
            "server": "",
            "partition": "local",
            "cores": 1,
            "memory": 1,
            "gpus": 0,
        }
        more = {"walltime": walltime, "chdir": self.home, "log": self.home / "berth_@JOB_ID@.log"}
        options = [f"--{name}={value}" for name, value in {**words, **more}.items()]
        done = self.call("submit", *options, script="#!/bin/bash\n" + script)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    def row(self, job_id: str) -> list[str]:
        lines = self.call("jobs").stdout.splitlines()
        rows = [line.removeprefix(ROW_MARK).split("|") for line in lines]
        return next((row for row in rows if row[0] == job_id), [])

    def wait(self, job_id: str, *states: str) -> list[str]:
        deadline = time.monotonic() + PATIENCE
        while (row := self.row(job_id))[1] not in states:
            assert time.monotonic() < deadline, row
            time.sleep(0.1)
        return row

    def record(self, job_id: str, **changes: Any) -> dict[str, Any]:
        """Return the job's record, after changing it on disk."""
        file = self.records / f"{job_id}.json"
        data = {**json.loads(file.read_text()), **changes}
        file.write_text(json.dumps(data))
        return data


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def wait_for(file: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < deadline, f"{file} does not appear"
        time.sleep(0.05)
    return file.read_text()


def alive(pid: int) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] != "Z"


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} lives"
        time.sleep(0.05)


def test_a_job_over_its_walltime_is_ended(batch: Batch) -> None:
    job_id = batch.submit("trap 'echo told; exit 0' TERM; while :; do sleep 0.1; done", walltime=1)
    assert batch.wait(job_id, "TIMEOUT")
    assert "told" in (batch.home / f"berth_{job_id}.log").read_text()


def test_nothing_a_job_started_outlives_it(batch: Batch) -> None:
    pids = batch.home / "pids"
    # A kernel of Jupyter leaves its parent's process group and session, too.
    job_id = batch.submit(
        f"setsid bash -c 'setsid sleep 600 & echo $$ $! >\"{pids}\"; wait' & wait"
    )
    started = [int(word) for word in wait_for(pids).split()]
    assert len(started) == 2 and all(alive(pid) for pid in started)
    assert batch.call("cancel", job_id).returncode == 0
    assert batch.wait(job_id, "CANCELLED")
    for pid in started:
        wait_gone(pid)


def test_what_a_finished_script_left_behind_is_killed(batch: Batch) -> None:
    pids = batch.home / "pids"
    job_id = batch.submit(f"(setsid sleep 600 & echo $! >'{pids}')")
    assert batch.wait(job_id, "COMPLETED")
    wait_gone(int(wait_for(pids)))


def test_the_exit_code_is_kept(batch: Batch) -> None:
    assert batch.wait(batch.submit("exit 7"), "FAILED")[7] == "exit code 7"


def test_a_job_runs_on_when_its_watcher_is_killed_and_can_still_be_cancelled(batch: Batch) -> None:
    job_id = batch.submit("sleep 600")
    record = batch.record(job_id)
    os.kill(record["watcher"]["pid"], signal.SIGKILL)
    wait_gone(record["watcher"]["pid"])
    assert batch.row(job_id)[1] == "RUNNING"
    assert batch.call("cancel", job_id).returncode == 0
    assert batch.wait(job_id, "FAILED")[7] == "its watcher was killed"
    wait_gone(record["script"]["pid"])


def test_another_process_with_the_same_number_is_not_the_job(batch: Batch) -> None:
    job_id = batch.submit("sleep 600")
    record = batch.record(job_id)
    stranger = {"pid": os.getpid(), "started": 1}
    batch.record(job_id, watcher=stranger, script=stranger)
    assert batch.row(job_id)[1] == "FAILED"
    assert "Invalid job id" in batch.call("cancel", job_id).stderr
    os.kill(record["watcher"]["pid"], signal.SIGTERM)
    wait_gone(record["watcher"]["pid"])


def test_a_port_is_noted_beside_a_running_job_and_forgotten_with_it(batch: Batch) -> None:
    job_id = batch.submit("sleep 600")
    assert batch.row(job_id)[-1].rstrip() == f"berth:{UUID}:"
    note = ("note", job_id, f"--uuid={UUID}", "--server=gpu-work", "--port=40123")
    assert batch.call(*note).returncode == 0
    assert batch.row(job_id)[-1].rstrip() == f"berth:{UUID}:gpu-work:40123"
    batch.call("cancel", job_id)
    assert batch.wait(job_id, "CANCELLED")[-1].rstrip() == f"berth:{UUID}:gpu-work:40123"
    assert "Invalid job id" in batch.call(*note).stderr
    batch.record(job_id, ended=1)
    assert not batch.row(job_id)
    assert sorted(file.name for file in batch.records.iterdir()) == ["last"]


def test_an_ended_job_is_listed_for_five_minutes(batch: Batch) -> None:
    job_id = batch.submit("exit 0")
    batch.wait(job_id, "COMPLETED")
    batch.record(job_id, ended=int(time.time()) - 290)
    assert batch.row(job_id)
    batch.record(job_id, ended=int(time.time()) - 301)
    assert not batch.row(job_id)
    assert sorted(file.name for file in batch.records.iterdir()) == ["last"]


def test_no_two_jobs_ever_have_the_same_number(batch: Batch) -> None:
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(batch.submit, ["exit 0"] * 4))
    for job_id in together:
        batch.wait(job_id, "COMPLETED")
        batch.record(job_id, ended=1)
    batch.call("jobs")
    assert len({*together, batch.submit("exit 0")}) == 5


def test_the_caller_is_free_as_soon_as_the_job_runs(batch: Batch) -> None:
    # subprocess.run returns only when nobody holds its pipes any more.
    job_id = batch.submit("echo out; echo err >&2; sleep 600")
    batch.call("cancel", job_id)
    batch.wait(job_id, "CANCELLED")


def test_records_are_for_their_owners_eyes_only(batch: Batch) -> None:
    batch.submit("exit 0")
    assert stat.S_IMODE(batch.records.stat().st_mode) == 0o700
    logs = list(batch.home.glob("*.log"))
    assert [stat.S_IMODE(file.stat().st_mode) for file in logs] == [0o600]


def test_a_job_is_the_account_that_the_environment_names(batch: Batch) -> None:
    assert batch.row(batch.submit("exit 0"))[2] == "alice"


def test_the_records_can_be_elsewhere(batch: Batch, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert batch.call("jobs", BERTH_LOCALBATCH_DIR=str(elsewhere)).returncode == 0
    assert elsewhere.is_dir() and not batch.records.exists()


@pytest.mark.parametrize("argv", [[], ["destroy"], ["cancel", "x"], ["submit"], ["jobs", "now"]])
def test_an_unknown_command_line_is_no_answer(batch: Batch, argv: list[str]) -> None:
    done = batch.call(*argv)
    assert done.returncode != 0 and done.stdout == ""


def test_a_home_that_is_not_there_is_an_error(batch: Batch) -> None:
    done = batch.call(
        "submit", f"--uuid={UUID}", "--server=", "--partition=local", "--cores=1", "--memory=1",
        "--gpus=0", "--walltime=60", "--chdir=/nonexistent", "--log=/nonexistent/x_@JOB_ID@.log",
        script="#!/bin/sh\n",
    )  # fmt: skip
    assert done.returncode == 1
    assert "localbatch: error: /nonexistent/x_1.log: No such file or directory" in done.stderr
