"""The hub is killed at one step of a start or of a stop, and started again: nothing is left over.

Nothing: no job without a server, no second job, no server that cannot be used or started again.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.killed import AFTER, BEFORE, IN_BETWEEN, STEPS
from tests.hub.room import Room, stop_all
from tests.support import eventlog
from tests.support.hubs import Visitor, until

HERE = Path(__file__).resolve().parent
STOPS = [
    "before the route is gone",
    "before the stop",
    "after the wish to stop",
    "before the cancel",
    "after the cancel",
    "after the end",
]
STARTS = [step for step in STEPS if step not in STOPS]
UNHEARD = {"after the intent", "before the submission"}
NOT_SUBMITTED = {"before the intent", *UNHEARD}
"""Steps after which the user has to press the button again: no scheduler ever heard of the job."""

NOT_WRITTEN = {"before the route is gone", "before the stop"}
"""Steps of a stop after which the server is still there, and has to be stopped once more."""


class Mortal:
    """A hub that dies when told to, with jobs that are there at once."""

    def __init__(self) -> None:
        self.room = Room({})
        self._kill_at = self.room.folder / "kill-at"
        self._kill_at.write_text("")
        program = self.room.folder / "killed.py"
        program.write_text(HERE.joinpath("killed.py").read_text())
        self.room.account.give(self._kill_at, program)
        self.room.hub.argv = [
            *self.room.account.prefix,
            str(self.room.account.python),
            str(program),
        ]
        self.room.hub.env["KILL_AT"] = str(self._kill_at)
        quick = self.room.folder / "quick.py"
        quick.write_text(HERE.joinpath("quick.py").read_text())
        quick.chmod(0o755)
        self.room.write_agent(quick)

    def arm(self, step: str) -> None:
        """Let the hub die the next time it comes to *step*."""
        self._kill_at.write_text(step)

    def rise(self) -> None:
        """Wait for the death of the hub, and start it again."""
        process = self.room.hub.process
        assert process is not None
        assert until(lambda: process.poll(), "the death of the hub") == -signal.SIGKILL
        self.room.hub.start()

    def check_events(self) -> None:
        """Fail unless the event log says what the ledger says."""
        [database] = self.room.folder.glob("*.sqlite")
        eventlog.check(database)


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    """A hub for all tests of this file; each ends with no server."""
    mortal = Mortal()
    try:
        mortal.room.hub.start()
        yield mortal
    finally:
        mortal.room.close()


@pytest.fixture(scope="module")
def ann(mortal: Mortal) -> Iterator[Visitor]:
    """An admin, who keeps her cookies and her token over all deaths of the hub."""
    visitor = mortal.room.visitor("ann")
    visitor.token()
    yield visitor
    visitor.close()


def test_there_are_steps_enough() -> None:
    assert len(STARTS) >= 10
    assert set(STOPS) < set(STEPS) == {*BEFORE, *AFTER, IN_BETWEEN}


def settled(visitor: Visitor) -> str:
    """Return "ready" or "nothing" once the server is one of both; empty: it is neither yet."""
    model = visitor.servers().get("")
    if model is None:
        return "nothing"
    return "ready" if model["ready"] and not model["pending"] else ""


def check_usable(room: Room, visitor: Visitor) -> None:
    """Fail unless the one living job is the server that answers at the server's address."""
    (job,) = room.living()
    answer = visitor.get(f"/user/{visitor.name}/api")
    assert (answer.status_code, answer.text.isdigit()) == (200, True)
    assert visitor.servers()[""]["state"]["child_state"]["uuid"] == job.uuid


@pytest.mark.parametrize("step", STARTS)
def test_a_start_outlives_the_hub(mortal: Mortal, ann: Visitor, step: str) -> None:
    room, before = mortal.room, mortal.room.submitted
    mortal.arm(step)
    ann.start("", {"profile": "small"})
    mortal.rise()
    end = until(lambda: settled(ann), "a server, or none")
    assert (end, room.submitted - before) == (
        ("nothing", 0) if step in NOT_SUBMITTED else ("ready", 1)
    )
    if end == "ready":
        check_usable(room, ann)
    elif step in UNHEARD:
        assert "The hub was interrupted" in ann.failure()
    stop_all(ann)
    until(lambda: not room.living(), "the end of the job")
    mortal.check_events()


@pytest.mark.parametrize("step", STOPS)
def test_a_stop_outlives_the_hub(mortal: Mortal, ann: Visitor, step: str) -> None:
    room = mortal.room
    ann.start("", {"profile": "small"})
    ann.wait_ready()
    mortal.arm(step)
    ann.stop()
    mortal.rise()
    if step in NOT_WRITTEN:
        ann.wait_ready()
        check_usable(room, ann)
        stop_all(ann)
    ann.wait_stopped()
    until(lambda: not room.living(), "the end of the job")
    mortal.check_events()
