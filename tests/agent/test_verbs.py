"""What the agent does for a good request, with real jobs of the local scheduler."""

import dataclasses
import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hub_config.agent.policy import Policy
from hub_config.schedulers.base import Phase, Refused, Reply
from hub_config.schedulers.local import Local
from tests.agent.conftest import Ask
from tests.agent.requests import (
    CANCEL,
    ENDINGS,
    MEMBERSHIPS,
    NOTE,
    QUERY,
    SUBMIT,
    TOKEN,
    UUID,
    changed,
)

PATIENCE = 60.0
SPAWN_FILE = Path(".cache", "berth", f"{UUID}.json")


def jobs(ask: Ask) -> dict[str, Any]:
    return dict(Local().read_jobs(Reply(**ask(QUERY))))


def log_of(home: Path, job_id: str, word: str) -> str:
    """Return the job's log once *word* is in it."""
    log, deadline = home / f"berth_{job_id}.log", time.monotonic() + PATIENCE
    while not (log.exists() and word in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return log.read_text()


def test_a_job_starts_and_finds_its_spawn_file(ask: Ask, home: Path) -> None:
    answer = ask({**SUBMIT, "request": {**SUBMIT["request"], "environment": {"OMP_PLACES": "x"}}})
    job_id = Local().read_submit(Reply(**answer))
    assert jobs(ask)[job_id].phase is Phase.RUNNING
    first_line = log_of(home, job_id, "LOGNAME").splitlines()[0]
    assert json.loads(first_line) == {
        "version": 1,
        "env": {"OMP_PLACES": "x", **SUBMIT["spawn"]["env"]},
        "report_url": SUBMIT["spawn"]["report_url"],
        "user_script": "",
        "user_script_seconds": 60,
        "work_dir": "",
    }


def test_the_spawn_file_is_for_its_owner_only(ask: Ask, home: Path) -> None:
    (home / ".cache").mkdir(mode=0o755)
    (home / ".cache" / "berth").mkdir(mode=0o755)
    ask(SUBMIT)
    assert stat.S_IMODE((home / SPAWN_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((home / SPAWN_FILE).parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / ".cache").stat().st_mode) == 0o755


def test_the_job_has_a_clean_environment_and_no_token_in_it(
    ask: Ask, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("HUB_SECRET", "s3cret")
    job_id = ask(SUBMIT)["out"].strip()
    _, _, environment = log_of(home, job_id, "LOGNAME").partition("\n")
    names = {line.partition("=")[0] for line in environment.splitlines()}
    assert {"HOME", "LOGNAME", "USER", "PATH", "LANG"} <= names
    assert names.isdisjoint({"LD_PRELOAD", "HUB_SECRET", "LC_ALL"})
    assert TOKEN not in environment


def test_no_process_shows_the_token(ask: Ask, home: Path) -> None:
    job_id = ask(SUBMIT)["out"].strip()
    log_of(home, job_id, "LOGNAME")
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                shown = (process / "cmdline").read_bytes()
            except OSError:
                continue
            assert TOKEN.encode() not in shown


def test_the_same_uuid_is_submitted_once(ask: Ask) -> None:
    ask(SUBMIT)
    assert "was submitted before" in ask(SUBMIT)["refused"]
    assert len(jobs(ask)) == 1


def test_a_refused_submission_leaves_no_file(ask: Ask, home: Path) -> None:
    answer = ask(changed(SUBMIT, "request.cores", 4096))
    assert answer["code"] == 1 and "localbatch: refused: 4096 cores" in answer["err"]
    assert not (home / SPAWN_FILE).exists()


def test_a_tool_that_cannot_be_started_leaves_no_file(
    ask: Ask, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert ask(SUBMIT) == {
        "failed": "/nonexistent/python cannot be started: No such file or directory"
    }
    assert not (home / SPAWN_FILE).exists()


def test_a_dry_run_starts_nothing_and_writes_nothing(ask: Ask, home: Path) -> None:
    answer = ask({**SUBMIT, "dry_run": True})
    assert Local().read_submit(Reply(**answer)) == ""
    assert list(home.iterdir()) == [] and jobs(ask) == {}


def test_cancelling_ends_the_job_and_removes_its_file(ask: Ask, home: Path) -> None:
    job_id = ask(SUBMIT)["out"].strip()
    assert ask({**CANCEL, "job_id": job_id}) == {"code": 0, "out": "", "err": ""}
    assert not (home / SPAWN_FILE).exists()
    deadline = time.monotonic() + PATIENCE
    while jobs(ask)[job_id].phase is not Phase.ENDED:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_cancelling_a_job_nobody_knows_still_removes_the_file(ask: Ask, home: Path) -> None:
    ask(SUBMIT)
    answer = ask({**CANCEL, "job_id": "999"})
    Local().read_cancel(Reply(**answer))
    assert not (home / SPAWN_FILE).exists()


def test_a_job_whose_number_is_not_known_is_not_guessed(ask: Ask) -> None:
    assert "whose id is not known" in ask({**CANCEL, "job_id": ""})["refused"]


def test_the_server_of_a_job_and_where_it_listens_can_be_read_from_the_queue(ask: Ask) -> None:
    job_id = ask(SUBMIT)["out"].strip()
    job = jobs(ask)[job_id]
    assert (job.server, job.port) == ("gpu-work", 0)
    Local().read_note(Reply(**ask({**NOTE, "job_id": job_id, "server": "gpu-work"})))
    job = jobs(ask)[job_id]
    assert (job.uuid, job.server, job.port) == (UUID, "gpu-work", 40123)


def test_beside_a_job_that_is_not_there_nothing_is_noted(ask: Ask) -> None:
    with pytest.raises(Refused, match="Invalid job id specified"):
        Local().read_note(Reply(**ask(NOTE)))


def test_queries(ask: Ask) -> None:
    assert jobs(ask) == {}
    assert "local" in Local().read_partitions(Reply(**ask({**QUERY, "what": "partitions"})))
    lacking = [{**QUERY, "what": what} for what in ("reservations", "queue")]
    for request in (MEMBERSHIPS, ENDINGS, *lacking):
        assert "the scheduler local has no" in ask(request)["refused"]


def test_a_partition_that_the_policy_does_not_name_is_refused(
    ask: Ask, policy: Policy, home: Path
) -> None:
    narrow = dataclasses.replace(policy, partitions=("gpu",))
    assert ask(SUBMIT, narrow) == {"refused": "jobs are not run in partition local"}
    assert list(home.iterdir()) == []
    wide = dataclasses.replace(policy, partitions=("gpu", "local"))
    assert ask(SUBMIT, wide)["code"] == 0


def test_a_site_may_have_its_own_script(ask: Ask, policy: Policy, home: Path) -> None:
    own = "#!/bin/sh\necho own script of @UUID@\nexec @LAUNCHER@ @SPAWN_FILE@\n"
    job_id = ask(SUBMIT, dataclasses.replace(policy, template=own))["out"].strip()
    assert f"own script of {UUID}\n" in log_of(home, job_id, "LOGNAME")


def test_a_home_that_does_not_exist_yet(ask: Ask, home: Path, records: Path) -> None:
    home.rmdir()
    assert ask(SUBMIT) == {
        "refused": f"Your home directory {home} does not exist yet: log in once by SSH so that it "
        "is made, then start again."
    }
    assert not records.exists()


@pytest.mark.parametrize("name", [".cache", ".cache/berth"])
def test_something_else_where_the_folder_should_be(ask: Ask, home: Path, name: str) -> None:
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text("")
    assert ask(SUBMIT)["refused"] == f"{home / name} must be a folder, not a link or a file: " \
        "move it away."  # fmt: skip


def test_a_link_in_place_of_the_last_folder_is_not_followed(ask: Ask, home: Path) -> None:
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (home / ".cache").mkdir()
    (home / ".cache" / "berth").symlink_to(elsewhere)
    assert "must be a folder, not a link" in ask(SUBMIT)["refused"]
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_the_spawn_file_is_not_followed(ask: Ask, home: Path) -> None:
    (home / SPAWN_FILE).parent.mkdir(parents=True)
    (home / SPAWN_FILE).symlink_to(home / "victim")
    assert "was submitted before" in ask(SUBMIT)["refused"]
    assert not (home / "victim").exists()


def test_a_cache_on_another_file_system_is_common_and_works(ask: Ask, home: Path) -> None:
    (home / "scratch").mkdir()
    (home / ".cache").symlink_to(home / "scratch")
    assert ask(SUBMIT)["code"] == 0
    assert (home / "scratch" / "berth" / SPAWN_FILE.name).exists()
