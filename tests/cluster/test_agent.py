"""berth-agent as root behind sudo, with real users, a real Slurm and a real sudoers file."""

import grp
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_config.schedulers.base import Reply
from hub_config.schedulers.slurm import Slurm
from tests.testbed.install import Release, install_release
from tests.testbed.layout import HOME
from tests.testbed.machine import folder
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

UUID = "0123456789abcdef" * 2
TOKEN = "t0ken-that-must-not-show"
DOCUMENT = Path(__file__).parents[2] / "docs" / "agent.md"
SUDOERS = Path("/etc/sudoers.d/berth-agent-test")
SPAWN_FILE = Path(".cache", "berth", f"{UUID}.json")
SUBMIT: dict[str, Any] = {
    "verb": "submit",
    "user": "alice",
    "uuid": UUID,
    "request": {
        "profile": "small",
        "partition": "shared",
        "cores": 1,
        "memory": 512,
        "walltime": 600,
        "application": "lab",
        "account": "bm0146",
    },
    "spawn": {
        "env": {"JUPYTERHUB_API_TOKEN": TOKEN},
        "report_url": "http://127.0.0.1:8081/hub/api/berth/ready",
    },
    "dry_run": False,
}
CANCEL = {"verb": "cancel", "user": "alice", "job_id": "0", "uuid": UUID}
QUERY = {"verb": "query", "what": "jobs"}
LAUNCHER = "#!/bin/bash\nid -un; stat -c '%a %U' \"$1\"; env; exec sleep 600\n"
# Plays a scheduler's tool: shows as whom, where and with what it was run.
SHOWING = "#!/bin/bash -p\n/usr/bin/id -un; pwd; umask; /usr/bin/env\n"
HANGING = "#!/bin/bash\ntrap '' TERM\nsleep 600\n"


class Agent:
    """An installed agent with its policy, and berth's way to it."""

    def __init__(self, bed: SlurmBed, release: Release, place: Path) -> None:
        self.bed, self.place = bed, place
        self.config = place / "agent.toml"
        self.argv = (
            *(str(release.hub / "bin" / "python"), "-I", "-m", "hub_config.agent"),
            *("--config", str(self.config)),
        )
        self.write()
        self._write_sudoers()

    def write(self, more: str = "") -> None:
        """Write agent.toml; *more* goes before its table."""
        launcher = self.tool("launcher", LAUNCHER)
        self.config.write_text(
            f'scheduler = "slurm"\nlauncher = "{launcher}"\n{more}\n'
            f'[environment]\nSLURM_CONF = "{self.bed.env["SLURM_CONF"]}"\n'
        )
        self.config.chmod(0o644)

    def tool(self, name: str, text: str) -> Path:
        """Make a program of root's that everybody can run."""
        file = self.place / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    def _write_sudoers(self) -> None:
        """Install the lines of docs/agent.md, with the paths of this test."""
        lines = re.search(r"```sudoers\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
        assert lines, f"{DOCUMENT} shows no sudoers lines"
        documented = "/opt/berth/current/hub/bin/python -I -m hub_config.agent --config"
        documented += " /etc/berth/agent.toml"
        assert documented in lines[1]
        text = lines[1].replace(documented, " ".join(self.argv))
        draft = SUDOERS.with_name(".berth-agent-test")
        draft.write_text(text.replace("BERTH_AGENT", "BERTH_AGENT_TEST"))
        draft.chmod(0o440)
        must(["/usr/sbin/visudo", "-c", "-q", "-f", str(draft)])
        draft.replace(SUDOERS)

    def sudo(
        self, *argv: str, data: bytes = b"", **env: str
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run sudo as berth."""
        berth = ("/usr/bin/setpriv", "--reuid=berth", "--regid=berth", "--clear-groups")
        whole = [*berth, "/usr/bin/sudo", "-n", *argv]
        return subprocess.run(whole, input=data, env=env, capture_output=True, timeout=100, cwd="/")

    def ask(self, request: object, **env: str) -> dict[str, Any]:
        done = self.sudo(*self.argv, data=json.dumps(request).encode(), **env)
        assert (done.returncode, done.stderr) == (0, b""), done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def submit(self, **changes: Any) -> str:
        return Slurm().read_submit(Reply(**self.ask({**SUBMIT, **changes})))

    def log(self, job_id: str) -> list[str]:
        """Return the lines of alice's job's log once the launcher has written them."""
        file, deadline = Path(f"/home/alice/berth_{job_id}.log"), time.monotonic() + 60
        while not (file.exists() and "LOGNAME=" in file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        return file.read_text().splitlines()


@pytest.fixture(scope="module")
def installed(slurm: SlurmBed, unix_users: dict[str, str]) -> Iterator[Agent]:
    place = HOME / "agent-test"
    shutil.rmtree(place, ignore_errors=True)
    folder(HOME, "root")
    folder(place, "root")
    yield Agent(slurm, install_release(), place)
    SUDOERS.unlink()
    shutil.rmtree(place)


@pytest.fixture
def agent(installed: Agent) -> Iterator[Agent]:
    """The agent, nothing in the queue, and no spawn file in any home."""
    yield installed
    installed.bed.cancel_all()
    installed.write()
    for user in ("alice", "bob"):
        must(["/bin/rm", "-rf", f"/home/{user}/.cache"])


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
    assert (job["Comment"], job["WorkDir"]) == (f"berth:{UUID}", "/home/alice")
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
@pytest.mark.parametrize("verb", ["submit", "cancel"])
def test_no_system_account_is_acted_for(agent: Agent, user: str, verb: str) -> None:
    request = {"submit": SUBMIT, "cancel": CANCEL}[verb]
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
        ({**SUBMIT, "dry_run": True}, "sbatch", "alice"),
        (CANCEL, "scancel", "alice"),
    ],
    ids=["jobs", "memberships", "submit", "cancel"],
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


def test_root_itself_and_other_accounts_are_not_served(agent: Agent) -> None:
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


def test_sudo_allows_exactly_the_documented_command(agent: Agent) -> None:
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
