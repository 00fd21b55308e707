"""A job that reports its port while something is the matter with the hub is heard all the same."""

import pwd
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.centre import Centre
from tests.support.hubs import Visitor, until
from tests.support.people import logged_in

PRESET = {"profile": "shared-1", "account": "bm0146"}
SCRIPT = "touch ~/.berth-waits; while [ ! -e ~/.berth-go ]; do sleep 0.2; done\n"


class Waiting:
    """Alice's job runs and has not reported yet: her own script holds it up until ``report``."""

    def __init__(self, centre: Centre) -> None:
        self.centre, self.home = centre, Path(pwd.getpwnam("alice").pw_dir)
        self.script = self.home / "jupyter_preload"
        self.forget()
        self.script.write_text(SCRIPT)
        self.log: Path | None = None

    def begin(self, visitor: Visitor) -> None:
        """Start a server, and return when its job waits."""
        assert visitor.start("", PRESET).status_code in (201, 202)
        self.log = Path(self.centre.the_job("alice")["StdOut"])
        until((self.home / ".berth-waits").exists, "the job reading the user's script")

    def report(self) -> None:
        """Let the job go on."""
        (self.home / ".berth-go").touch()

    def says(self, text: str) -> Callable[[], bool]:
        """Return whether the job's log has *text* by now."""
        log = self.log
        return lambda: log is not None and text in log.read_text()

    def forget(self) -> None:
        for path in (self.script, self.home / ".berth-go", self.home / ".berth-waits"):
            path.unlink(missing_ok=True)


@pytest.fixture
def waiting(centre: Centre, unix_users: dict[str, str]) -> Iterator[Waiting]:
    """A job that waits; the test logs in again, since tokens are lost with the database."""
    situation = Waiting(centre)
    visitor = centre.hub.visitor("alice", unix_users["alice"])
    try:
        situation.begin(visitor)
        yield situation
    finally:
        visitor.close()
        situation.forget()


def lose_the_database(centre: Centre) -> None:
    """Kill the hub and take its database away; the cookie secret is a file of its own."""
    centre.hub.stop(signal.SIGKILL)
    lost = list(centre.hub.folder.glob("*.sqlite*"))
    assert lost
    for file in lost:
        file.unlink()


def test_while_the_hub_is_away(
    centre: Centre, waiting: Waiting, unix_users: dict[str, str]
) -> None:
    centre.hub.stop(signal.SIGKILL)
    waiting.report()
    until(waiting.says("trying again in"), "the job asking again")
    centre.hub.start()
    with logged_in(centre, "alice", unix_users) as alice:
        alice.wait_ready()
        assert alice.get("/user/alice/api").status_code == 200
        assert len(centre.jobs("alice")) == 1


def test_to_a_hub_that_has_lost_its_database(
    centre: Centre, waiting: Waiting, unix_users: dict[str, str]
) -> None:
    lose_the_database(centre)
    centre.hub.start()
    waiting.report()
    with logged_in(centre, "alice", unix_users) as alice:
        alice.wait_ready()
        assert alice.get("/user/alice/api").status_code == 200


def test_to_a_hub_that_has_lost_its_database_and_cannot_ask_the_scheduler(
    centre: Centre, waiting: Waiting, unix_users: dict[str, str]
) -> None:
    lose_the_database(centre)
    centre.bed.control("down")
    centre.hub.start()
    waiting.report()
    until(waiting.says("answered 503"), "the hub putting the job off")
    centre.bed.control("up")
    with logged_in(centre, "alice", unix_users) as alice:
        until(lambda: "" in alice.servers(), "the hub finding the job")
        alice.wait_ready()
        assert alice.get("/user/alice/api").status_code == 200
