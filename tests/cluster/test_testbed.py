"""The test bed is what the other tests take it for."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.testbed import accounting, daemons, packages, processes, users
from tests.testbed.install import Release
from tests.testbed.shell import BedError, must
from tests.testbed.slurm import SlurmBed

SCRIPT = "#!/bin/bash\nid --user --name; id --groups --name; pwd; echo gpu=$CUDA_VISIBLE_DEVICES\n"
SLEEP = "#!/bin/bash\nexec sleep 600\n"


def submit(bed: SlurmBed, user: str, *options: str, script: str = SLEEP) -> str:
    """Submit a job and return its id, or the words in which Slurm refused it."""
    done = bed.run_as(user, ["/usr/bin/sbatch", "--parsable", *options], input=script)
    return done.stdout.strip() or done.stderr


@pytest.fixture(autouse=True)
def no_jobs_left(slurm: SlurmBed) -> object:
    yield
    slurm.cancel_all()


def test_partitions_have_the_limits_of_a_climate_centre(slurm: SlurmBed) -> None:
    rows = must(["/usr/bin/sinfo", "-ho", "%R %l %c %m %G %f"], env=slurm.env).splitlines()
    assert sorted(rows) == sorted([
        "shared 7-00:00:00 48 131072 (null) 64G",
        "prepost 12:00:00 48 300000 (null) 256G",
        "compute 8:00:00 48 66000 (null) 64G",
        "compute 8:00:00 48 300000 (null) 256G",
        "gpu 12:00:00 48 515000 gpu:a100:4 a100,512G",
        "miklip 12:00:00 48 300000 (null) 256G",
    ])  # fmt: skip


def test_accounts(slurm: SlurmBed) -> None:
    assert accounting.associations(slurm.layout) == accounting.ASSOCIATIONS


@pytest.mark.parametrize(
    "options",
    [
        ("--partition=compute", "--mem=64G", "--cpus-per-task=24", "--time=8:00:00"),
        ("--partition=prepost", "--mem=256G", "--cpus-per-task=24", "--time=12:00:00"),
    ],
    ids=["preset 4", "preset 8"],
)
def test_the_largest_presets_run(slurm: SlurmBed, options: tuple[str, ...]) -> None:
    job = submit(slurm, "alice", "--account=bm0146", "--output=/dev/null", *options)
    slurm.wait_state(job, "RUNNING")


def test_a_job_runs_as_its_owner_in_her_home_with_the_gpu_it_asked_for(slurm: SlurmBed) -> None:
    home = Path("/home/alice")
    job = submit(slurm, "alice", "--partition=gpu", "--gres=gpu:a100:1", "--output=test-%j.log",
                 script=SCRIPT)  # fmt: skip
    slurm.wait_state(job, "COMPLETED")
    log = home / f"test-{job}.log"
    assert log.read_text().splitlines() == ["alice", "alice", "/home/alice", "gpu=0"]
    assert (log.owner(), home.stat().st_mode & 0o777) == ("alice", 0o700)
    log.unlink()


@pytest.mark.parametrize(
    ("user", "options", "words"),
    [
        ("alice", ("--partition=gpu", "--time=13:00:00"), "Requested time limit is invalid"),
        ("alice", ("--account=mh0010", "--partition=compute"), "Invalid account"),
        ("bob", ("--partition=miklip",), "Invalid account"),
        ("dave", (), "Invalid account"),
    ],
    ids=["over the limit", "account of another partition", "closed partition", "no account"],
)
def test_slurm_refuses_at_once(
    slurm: SlurmBed, user: str, options: tuple[str, ...], words: str
) -> None:
    assert words in submit(slurm, user, *options)


def test_jobs_outlive_a_stopped_controller(slurm: SlurmBed) -> None:
    job = submit(slurm, "bob", "--output=/dev/null")
    slurm.wait_state(job, "RUNNING")
    slurm.control("down")
    assert not daemons.running(slurm.layout, daemons.SLURMCTLD)
    slurm.control("up")
    assert slurm.job(job)["JobState"] == "RUNNING"


def test_a_job_that_slurm_does_not_know(slurm: SlurmBed) -> None:
    with pytest.raises(LookupError):
        slurm.job(999999)


def test_a_reservation_lasts_as_long_as_its_block(slurm: SlurmBed) -> None:
    show = ["/usr/bin/scontrol", "show", "reservation", "--oneliner"]
    with slurm.reservation() as name:
        assert f"ReservationName={name} " in must(show, env=slurm.env)
        assert "Users=alice " in must(show, env=slurm.env)
    assert must(show, env=slurm.env) == "No reservations in the system\n"


def test_up_leaves_alone_what_runs_and_repairs_what_was_killed(slurm: SlurmBed) -> None:
    def pids() -> dict[str, list[int]]:
        return {name: processes.find(name, slurm.layout.root) for name in daemons.DAEMONS}

    before = pids()
    slurm.up()
    assert pids() == before
    for program in (daemons.SLURMCTLD, daemons.SLURMD, daemons.MUNGED):
        for pid in before[program]:
            os.kill(pid, signal.SIGKILL)
    slurm.up()
    assert pids()[daemons.MARIADBD] == before[daemons.MARIADBD]
    slurm.wait_state(submit(slurm, "carol", "--output=/dev/null"), "RUNNING")


def test_nothing_listens_beyond_loopback(slurm: SlurmBed) -> None:
    """Addresses of /proc/net/tcp are hexadecimal, the last byte first; 0A is LISTEN: man proc.

    Only Slurm's ports: Grid Engine has no setting for the address that it listens on.
    """
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1].split(":") for row in rows if row[3] == "0A"]
    ours = {slurm.layout.port(offset) for offset in range(80)}
    addresses = {address for address, port in listening if int(port, 16) in ours}
    assert addresses == {"0100007F"}


def test_node_names_resolve_to_this_machine(slurm: SlurmBed) -> None:
    names = [node.name for node in slurm.cluster.nodes]
    assert {socket.gethostbyname(name) for name in names} == {"127.0.0.1"}


def test_every_user_can_execute_the_release(slurm: SlurmBed, release: Release) -> None:
    programs = {"hub": "import hub_config.agent, jupyterhub", "user": "import jupyterlab"}
    for venv, code in programs.items():
        python = str(release.root / venv / "bin" / "python")
        done = slurm.run_as("dave", [python, "-I", "-c", code])
        assert (done.returncode, done.stderr) == (0, "")
    assert slurm.run_as("dave", ["/usr/bin/test", "-x", str(release.launcher)]).returncode == 0


def test_missing_packages_are_named_to_who_cannot_install_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(packages.PACKAGES, "dreams", ("bash", "berth-no-such-package"))
    os.seteuid(users.PEOPLE["alice"])
    try:
        with pytest.raises(BedError, match=r"only root .* --no-install-recommends berth-no-such-"):
            packages.ensure("dreams")
    finally:
        os.seteuid(0)


def test_a_person_of_the_machine_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "PEOPLE", {"nobody": 20009})
    with pytest.raises(BedError, match="nobody exists with uid"):
        users.ensure()
