"""berth-agent behind sudo and behind its socket, with real users and a real Slurm."""

import grp
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_config.schedulers.base import Refused, Reply
from hub_config.schedulers.slurm import Slurm
from tests.cluster.agents import (
    CANCEL,
    LOG,
    NOTE,
    QUERY,
    SPAWN_FILE,
    SUBMIT,
    TOKEN,
    UUID,
    Agent,
    Door,
    SudoAgent,
    installed,
    tidy,
)
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

# Plays a scheduler's tool: shows as whom, where and with what it was run.
SHOWING = "#!/bin/bash -p\n/usr/bin/id -un; pwd; umask; /usr/bin/env\n"
HANGING = "#!/bin/bash\ntrap '' TERM\nsleep 600\n"


@pytest.fixture(scope="module", params=[SudoAgent, Door], ids=["sudo", "socket"])
def one_of_both(
    request: pytest.FixtureRequest, slurm: SlurmBed, unix_users: dict[str, str]
) -> Iterator[Agent]:
    with installed(request.param, slurm) as agent:
        yield agent


@pytest.fixture
def agent(one_of_both: Agent) -> Iterator[Agent]:
    """The agent, nothing in the queue, and no spawn file in any home."""
    yield one_of_both
    tidy(one_of_both)


@pytest.fixture
def extra_group() -> Iterator[str]:
    """A second group of alice's."""
    must(["/usr/sbin/groupadd", "--force", "berth-extra"])
    must(["/usr/sbin/usermod", "--append", "--groups", "berth-extra", "alice"])
    yield "berth-extra"
    must(["/usr/sbin/groupdel", "berth-extra"])


def test_a_job_runs_as_its_user(agent: Agent) -> None:
    job_id = agent.submit()
    job = agent.bed.wait_state(job_id, "RUNNING")
    assert job["UserId"].startswith("alice(")
    assert (job["Comment"], job["WorkDir"]) == (f"berth:{UUID}:gpu-work", "/home/alice")
    user, spawn_file, *environment = agent.log(job_id)
    assert user == "alice"
    assert spawn_file == "600 alice"
    assert {"HOME=/home/alice", "USER=alice", "LOGNAME=alice"} <= set(environment)


def test_the_spawn_file_belongs_to_the_user_alone(agent: Agent) -> None:
    agent.submit()
    for path, mode in ((SPAWN_FILE, 0o600), (SPAWN_FILE.parent, 0o700)):
        status = Path("/home/alice", path).stat()
        assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (pwd.getpwnam("alice").pw_uid, mode)


def test_the_token_is_in_the_spawn_file_and_nowhere_else(agent: Agent) -> None:
    job_id = agent.submit()
    agent.log(job_id)
    shown = must(["/usr/bin/scontrol", "show", "job", "-dd", job_id], env=agent.bed.env)
    shown += must(["/usr/bin/scontrol", "write", "batch_script", job_id, "-"], env=agent.bed.env)
    shown += must(["/bin/ps", "axeww", "-o", "args"])
    assert f"{SPAWN_FILE}" in shown  # we do look at the right things
    assert TOKEN not in shown
    found = subprocess.run(
        ["/bin/grep", "-rl", "--exclude-dir=mariadb", TOKEN, str(agent.bed.layout.root),
         "/home/alice"], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert found.stdout.splitlines() == [f"/home/alice/{SPAWN_FILE}"]


SYSTEM = [entry.pw_name for entry in pwd.getpwall() if entry.pw_uid < 1000]


@pytest.mark.parametrize("user", sorted({*SYSTEM, "root", "berth", "berth-auth", "nobody"}))
@pytest.mark.parametrize("verb", ["submit", "cancel", "note", "log"])
def test_no_system_account_is_acted_for(agent: Agent, user: str, verb: str) -> None:
    request = {"submit": SUBMIT, "cancel": CANCEL, "note": NOTE, "log": LOG}[verb]
    answer = agent.ask({**request, "user": user})
    assert list(answer) == ["refused"]
    assert agent.bed.squeue() == []


def test_an_unknown_account_is_told(agent: Agent) -> None:
    answer = agent.ask({**SUBMIT, "user": "nosuchuser"})
    assert answer == {"refused": "nosuchuser has no account on this machine"}


def test_another_users_job_is_not_cancelled(agent: Agent) -> None:
    job_id = agent.submit()
    answer = agent.ask({**CANCEL, "user": "bob", "job_id": job_id})
    assert "Access/permission denied" in answer["err"]
    assert agent.bed.job(job_id)["JobState"] in ("PENDING", "RUNNING")
    assert Path("/home/alice", SPAWN_FILE).exists()


def test_cancelling_ends_the_job_and_removes_its_file(agent: Agent) -> None:
    job_id = agent.submit()
    agent.log(job_id)
    Slurm().read_cancel(Reply(**agent.ask({**CANCEL, "job_id": job_id})))
    assert not Path("/home/alice", SPAWN_FILE).exists()
    assert agent.bed.wait_state(job_id, "CANCELLED")


def test_where_a_server_listens_is_noted_by_its_owner_alone(agent: Agent) -> None:
    job_id = agent.submit()
    agent.bed.wait_state(job_id, "RUNNING")
    with pytest.raises(Refused, match="Invalid user id"):
        Slurm().read_note(Reply(**agent.ask({**NOTE, "user": "bob", "job_id": job_id})))
    assert Slurm().read_jobs(Reply(**agent.ask(QUERY)))[job_id].port == 0
    Slurm().read_note(Reply(**agent.ask({**NOTE, "job_id": job_id})))
    job = Slurm().read_jobs(Reply(**agent.ask(QUERY)))[job_id]
    assert (job.uuid, job.server, job.port) == (UUID, "gpu-work", 40123)


def test_the_end_of_a_log_is_read_as_its_owner(agent: Agent) -> None:
    agent.tool("launcher", "#!/bin/bash\necho last words\nexit 3\n")
    job_id = agent.submit()
    agent.bed.wait_state(job_id, "FAILED")
    assert agent.ask({**LOG, "job_id": job_id}) == {"code": 0, "out": "last words", "err": ""}
    log = Path(f"/home/alice/berth_{job_id}.log")
    bobs = Path(f"/home/bob/berth_{job_id}.log")
    assert agent.ask({**LOG, "user": "bob", "job_id": job_id})["out"] == ""
    bobs.symlink_to(log)
    try:
        assert "cannot be read" in agent.ask({**LOG, "user": "bob", "job_id": job_id})["refused"]
    finally:
        bobs.unlink()
    shutil.chown(log, "root", "root")
    log.chmod(0o600)
    assert "Permission denied" in agent.ask({**LOG, "job_id": job_id})["refused"]


def test_a_server_that_ends_removes_its_file(agent: Agent) -> None:
    agent.tool("launcher", "#!/bin/bash\nexit 0\n")
    job_id = agent.submit()
    agent.bed.wait_state(job_id, "COMPLETED")
    assert not Path("/home/alice", SPAWN_FILE).exists()


def test_a_refused_submission_leaves_no_file(agent: Agent) -> None:
    answer = agent.ask({**SUBMIT, "request": {**SUBMIT["request"], "account": "nosuch"}})
    assert "Invalid account" in answer["err"]
    assert not Path("/home/alice", SPAWN_FILE).exists()


def test_the_folder_linked_to_somebody_elses_place_is_not_followed(agent: Agent) -> None:
    place = agent.place / "anybodys"
    place.mkdir()
    place.chmod(0o777)
    cache = Path("/home/alice/.cache")
    cache.mkdir()
    (cache / "berth").symlink_to(place)
    shutil.chown(cache, "alice", "alice")
    assert "must be a folder, not a link" in agent.ask(SUBMIT)["refused"]
    assert list(place.iterdir()) == []


def test_the_folder_of_somebody_else_is_not_used(agent: Agent) -> None:
    own = Path("/home/alice", SPAWN_FILE).parent
    own.mkdir(parents=True)
    shutil.chown(own, "bob", "bob")
    own.chmod(0o777)
    assert "belongs to somebody else" in agent.ask(SUBMIT)["refused"]
    assert list(own.iterdir()) == []


def test_a_cache_linked_to_where_the_user_may_not_write(agent: Agent) -> None:
    Path("/home/alice/.cache").symlink_to("/root")
    assert "cannot be written by you" in agent.ask(SUBMIT)["refused"]


def test_a_home_that_cannot_be_written(agent: Agent) -> None:
    agent.write('spawn_dir = ".never-made/berth"')
    home = Path("/home/bob")
    home.chmod(0o500)
    try:
        answer = agent.ask({**SUBMIT, "user": "bob"})
    finally:
        home.chmod(0o700)
    assert "Your home directory /home/bob cannot be written by you" in answer["refused"]


def test_a_home_that_is_full(agent: Agent) -> None:
    spawn_folder = Path("/home/alice", SPAWN_FILE).parent
    spawn_folder.mkdir(parents=True)
    options = f"size=4k,mode=700,uid={pwd.getpwnam('alice').pw_uid}"
    must(["/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(spawn_folder)])
    try:
        (spawn_folder / "filler").write_bytes(b"x" * 4096)
        answer = agent.ask(SUBMIT)
        left = [file.name for file in spawn_folder.iterdir()]
    finally:
        must(["/bin/umount", str(spawn_folder)])
    assert answer == {
        "refused": "Your home directory /home/alice is full: delete some files, then start again."
    }
    assert left == ["filler"]
    assert agent.bed.squeue() == []


def test_a_home_that_was_never_made(agent: Agent) -> None:
    must(["/usr/sbin/useradd", "--no-create-home", "--uid", "20999", "berthless"])
    try:
        answer = agent.ask({**SUBMIT, "user": "berthless"})
    finally:
        must(["/usr/sbin/userdel", "berthless"])
    assert "/home/berthless does not exist yet: log in once by SSH" in answer["refused"]


def test_a_denied_user_and_a_partition_that_is_not_allowed(agent: Agent) -> None:
    agent.write('deny_users = ["bob"]\npartitions = ["gpu"]')
    assert agent.ask({**SUBMIT, "user": "bob"}) == {"refused": "jobs are not run as bob"}
    assert agent.ask(SUBMIT) == {"refused": "jobs are not run in partition shared"}


def test_queries_are_answered(agent: Agent) -> None:
    job_id = agent.submit()
    slurm = Slurm()
    assert slurm.read_jobs(Reply(**agent.ask(QUERY)))[job_id].user == "alice"
    partitions = agent.ask({**QUERY, "what": "partitions"})
    assert "shared" in slurm.read_partitions(Reply(**partitions))
    assert slurm.read_reservations(Reply(**agent.ask({**QUERY, "what": "reservations"}))) == ()
    accounts = agent.ask({**QUERY, "what": "memberships", "user": "alice"})
    found = slurm.read_memberships(Reply(**accounts))
    assert {one.account for one in found} == {"bm0146", "mh0010"}


@pytest.mark.parametrize(
    ("request_", "tool", "user"),
    [
        (QUERY, "squeue", "berth"),
        ({**QUERY, "what": "memberships", "user": "alice"}, "sacctmgr", "berth"),
        ({**QUERY, "what": "shares", "user": "alice"}, "sshare", "berth"),
        ({**QUERY, "what": "enforcement"}, "scontrol", "berth"),
        ({**SUBMIT, "dry_run": True}, "sbatch", "alice"),
        ({**CANCEL, "job_id": "7"}, "scancel", "alice"),
        ({**NOTE, "job_id": "7"}, "scontrol", "alice"),
        ({**QUERY, "what": "queue"}, "squeue", "berth"),
        ({**QUERY, "what": "endings", "job_ids": ["7"]}, "sacct", "berth"),
    ],
    ids=[
        *("jobs", "memberships", "shares", "enforcement", "submit", "cancel", "note", "queue"),
        "endings",
    ],
)
def test_a_tool_runs_as_who_it_should_and_finds_nothing_of_ours(
    agent: Agent, request_: dict[str, Any], tool: str, user: str
) -> None:
    agent.tool(tool, SHOWING)
    agent.write(f'bin_dir = "{agent.place}"')
    dirt = {"SUDO_UID": "0", "LD_PRELOAD": "", "PYTHONPATH": "/tmp", "SLURM_CONF": "/tmp/x"}  # noqa: S108
    shown = agent.ask(request_, **dirt, SBATCH_PARTITION="gpu")["out"].splitlines()
    assert shown[:3] == [user, "/", "0022"]
    assert sorted(line for line in shown[3:] if not line.startswith(("PWD=", "_=", "SHLVL="))) == [
        f"HOME={pwd.getpwnam(user).pw_dir}",
        "LANG=C.UTF-8",
        "LC_ALL=C",
        f"LOGNAME={user}",
        "PATH=/usr/bin:/bin",
        f"SLURM_CONF={agent.bed.env['SLURM_CONF']}",
        f"USER={user}",
    ]


def test_a_tool_that_hangs_is_killed(agent: Agent) -> None:
    agent.tool("sbatch", HANGING)
    agent.write(f'bin_dir = "{agent.place}"\ntimeout = 2')
    assert agent.ask(SUBMIT) == {"failed": "sbatch: no end in time"}
    assert Path("/home/alice", SPAWN_FILE).exists()  # for all we know the job is queued
    hanging = str(agent.place / "sbatch")
    assert hanging not in must(["/bin/ps", "ax", "-o", "args"])


def test_a_policy_that_others_could_write_is_not_followed(agent: Agent) -> None:
    cure = "must be root's and writable by nobody else"
    spoilt: list[tuple[Callable[[], object], Path]] = [
        (lambda: agent.config.chmod(0o666), agent.config),
        (lambda: agent.config.chmod(0o664), agent.config),
        (lambda: shutil.chown(agent.config, "berth"), agent.config),
        (lambda: agent.place.chmod(0o777), agent.place),
        (lambda: shutil.chown(agent.place, "berth"), agent.place),
    ]
    for spoil, path in spoilt:
        spoil()
        try:
            answer = agent.ask(QUERY)
        finally:
            shutil.chown(agent.config, "root")
            shutil.chown(agent.place, "root")
            agent.config.chmod(0o644)
            agent.place.chmod(0o755)
        assert answer == {"failed": f"{path}: {cure}: chown root, chmod go-w"}
    assert agent.ask(QUERY)["code"] == 0


def test_a_job_script_that_others_could_write_is_not_used(agent: Agent) -> None:
    script = agent.tool("job.sh", "#!/bin/sh\n@LAUNCHER@ @SPAWN_FILE@\n")
    agent.write(f'job_script = "{script}"')
    assert agent.ask(QUERY)["code"] == 0
    script.chmod(0o777)
    assert "must be root's" in agent.ask(QUERY)["failed"]


@pytest.mark.parametrize(
    ("request_", "tool", "user"),
    [(QUERY, "squeue", "berth"), ({**SUBMIT, "dry_run": True}, "sbatch", "alice")],
    ids=["query", "submit"],
)
def test_a_tool_has_all_groups_of_its_account_and_none_of_roots(
    agent: Agent, extra_group: str, request_: dict[str, Any], tool: str, user: str
) -> None:
    agent.tool(tool, "#!/bin/bash -p\n/usr/bin/id -G\n")
    agent.write(f'bin_dir = "{agent.place}"')
    groups = {int(word) for word in agent.ask(request_)["out"].split()}
    assert groups == set(os.getgrouplist(user, pwd.getpwnam(user).pw_gid))
    assert (grp.getgrnam(extra_group).gr_gid in groups) == (user == "alice")
    assert grp.getgrnam("root").gr_gid not in groups
