"""A hub in front of a real Grid Engine: nothing is lost, and what cannot start says why."""

import pwd
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gridcentre import GridCentre
from tests.support.hubs import Visitor, until
from tests.support.kernels import Kernel

ANSWERS = {"profile": "advanced", "partition": "shared.q"}


def the_job(centre: GridCentre) -> str:
    [job_id] = centre.grid.qstat()
    return job_id


def test_a_server_outlives_hub_and_qmaster(grid_centre: GridCentre, grid_bob: Visitor) -> None:
    grid_bob.start("", ANSWERS)
    grid_bob.wait_ready()
    job_id, kernel = the_job(grid_centre), Kernel(grid_bob)
    kernel.execute("kept = 42")
    grid_centre.hub.stop(signal.SIGKILL)
    grid_centre.grid.control("down")
    try:
        grid_centre.hub.start()
        assert grid_bob.servers()[""]["ready"]
    finally:
        grid_centre.grid.control("up")
    grid_bob.wait_ready()
    assert Kernel(grid_bob, "", kernel.id).execute("kept") == "42"
    assert the_job(grid_centre) == job_id
    grid_bob.stop()
    grid_bob.wait_stopped()
    until(lambda: not grid_centre.grid.qstat(), "an empty qstat")


def test_a_lost_database_is_made_anew_from_the_queue(
    grid_centre: GridCentre, unix_users: dict[str, str]
) -> None:
    bob = grid_centre.hub.visitor("bob", unix_users["bob"])
    bob.start("", ANSWERS)
    bob.wait_ready()
    bob.close()
    job_id = the_job(grid_centre)
    until(
        lambda: re.search(r"\.\.[0-9]+$", grid_centre.grid.job(job_id)["job_name"]),
        "the port noted in the job's name",
    )
    grid_centre.hub.stop(signal.SIGKILL)
    for file in grid_centre.hub.folder.glob("*.sqlite*"):
        file.unlink()
    grid_centre.hub.start()
    again = grid_centre.hub.visitor("bob", unix_users["bob"])
    again.wait_ready()
    assert Kernel(again).execute("6*7") == "42"
    assert the_job(grid_centre) == job_id
    again.stop()
    again.wait_stopped()
    again.close()
    until(lambda: not grid_centre.grid.qstat(), "an empty qstat")


@pytest.fixture
def no_log(grid_centre: GridCentre) -> Iterator[None]:
    """Folders are where the logs of the next jobs should be."""
    argv = ["/usr/bin/qsub", "-terse", "-h", "-b", "y", "/bin/true"]
    last = int(grid_centre.grid.run_as("alice", argv).stdout)
    grid_centre.grid.cancel_all()
    home = Path(pwd.getpwnam("bob").pw_dir)
    folders = [home / f"berth_{number}.log" for number in range(last + 1, last + 4)]
    for folder in folders:
        folder.unlink(missing_ok=True)  # of another run's job
        folder.mkdir()
    yield
    for folder in folders:
        folder.rmdir()


@pytest.mark.usefixtures("no_log")
def test_a_job_that_cannot_start_ends_the_wait_and_is_deleted(
    grid_centre: GridCentre, grid_bob: Visitor
) -> None:
    grid_bob.start("", ANSWERS)
    until(lambda: "" not in grid_bob.servers(), "the end of the start")
    until(lambda: not grid_centre.grid.qstat(), "an empty qstat")
    assert "cannot start: the scheduler says Eqw (Error)" in grid_bob.failure()
