"""Faults on the way to the scheduler: nobody loses a server, no job is left without one.

The agent is the real one, and a shell command stands before it where a fault is wanted. Servers
are stand-ins, since only their jobs matter; there are twenty, of two users.
"""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from tests.hub.room import HERE, Room, stop_all
from tests.support.hubs import Visitor, until

SMALL = {"profile": "small"}
NAMES = [f"s{number}" for number in range(10)]


@dataclass(frozen=True)
class Crowd:
    """A hub with twenty servers."""

    room: Room
    visitors: tuple[Visitor, ...]

    def ready(self) -> int:
        """Return how many servers the hub shows as ready."""
        return sum(server["ready"] for one in self.visitors for server in one.servers().values())

    def questions(self) -> int:
        """Return how often the queue was asked for, ever."""
        return sum(request["what"] == "jobs" for request in self.room.asked("query"))

    def scheduler_ok(self) -> bool:
        health = requests.get(f"http://127.0.0.1:{self.room.hub.hub_port}/hub/api/berth/health",
                              timeout=30).json()  # fmt: skip
        ok: bool = health["scheduler"]["ok"]
        return ok

    def everywhere(self, act: Callable[[Visitor, str], object]) -> list[object]:
        """Do it to all servers at once."""
        with ThreadPoolExecutor(len(self.visitors) * len(NAMES)) as pool:
            done = [pool.submit(act, one, name) for one in self.visitors for name in NAMES]
        return [one.result() for one in done]


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """Twenty servers that stay until the last tests of this file stop them."""
    patient = {"poll_interval": "1s", "timeout": "10s"}
    room = Room({"scheduler": patient, "hub": {"named_servers": 12}})
    try:
        room.write_agent(room._program("quick.py", HERE.joinpath("quick.py").read_text()))
        room.hub.start()
        visitors = tuple(room.visitor(name) for name in ("ann", "ben"))
        crowd = Crowd(room, visitors)
        for visitor in visitors:
            visitor.token()
        crowd.everywhere(lambda visitor, name: visitor.start(name, SMALL))
        until(lambda: crowd.ready() == 20, "twenty servers")
        yield crowd
        for visitor in visitors:
            stop_all(visitor)
            visitor.close()
    finally:
        room.close()


def answer(code: int, out: str, err: str) -> str:
    """Return the shell command that prints this answer of the agent."""
    return "printf %s " + "'" + json.dumps({"code": code, "out": out, "err": err}) + "'"


BROKEN = {
    "no controller": answer(1, "", "slurm_load_jobs error: Unable to contact slurm controller"),
    "zero bytes": answer(1, "", "slurm_load_jobs error: Zero Bytes were transmitted or received"),
    "munge": answer(1, "", "squeue: error: If munged is up, restart with --num-threads=10\n"
                    "squeue: error: Munge encode failed: Failed to access socket"),
    "resolver": answer(1, "", "squeue: error: resolve_ctls_from_dns_srv: res_nsearch error"),
    "no processes": answer(1, "", "slurm_load_jobs error: Resource temporarily unavailable"),
    "an unknown job": answer(1, "", "slurm_load_jobs error: Invalid job id specified"),
    "nothing": answer(0, "", ""),
    "a complaint": answer(0, "", "squeue: error: something is wrong here"),
    "half a table": """agent "$@" | sed 's/|[^|]*$/"}/'""",
    "sudo": "echo 'sudo: PAM account management error: Permission denied' >&2; exit 1",
    "garbage": "head -c 400 /dev/urandom",
    "a megabyte": answer(0, "x" * 2**16, "") + " | sed 's/x/xxxxxxxxxxxxxxxx/g'",
    "no answer": "sleep 30",
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_no_server_is_lost(crowd: Crowd, fault: str) -> None:
    cancels, living = len(crowd.room.asked("cancel")), len(crowd.room.living())
    with crowd.room.fault("jobs", BROKEN[fault]):
        until(lambda: not crowd.scheduler_ok(), "the fault being noticed")
        questions = crowd.questions()
        until(lambda: crowd.questions() > questions + 1, "two more questions")
        assert "The scheduler has not answered since" in crowd.visitors[0].get("/hub/home").text
    until(crowd.scheduler_ok, "the recovery being noticed")
    assert crowd.ready() == 20
    assert len(crowd.room.living()) == living
    assert len(crowd.room.asked("cancel")) == cancels


# --- submissions


LOST = {
    "garbage": """agent "$@" > /dev/null; echo no number here""",
    "killed": """agent "$@" > /dev/null; kill -9 $$""",
    "too late": """( sleep 12; agent "$@" > /dev/null ) & sleep 30""",
}


@pytest.mark.parametrize("fault", LOST)
def test_a_job_that_was_taken_unheard_is_the_servers_all_the_same(crowd: Crowd, fault: str) -> None:
    ann, before = crowd.visitors[0], crowd.room.submitted
    with crowd.room.fault("submit", LOST[fault]):
        ann.start("lost", SMALL)
        ann.wait_ready("lost")
    assert crowd.room.submitted == before + 1
    ann.stop("lost")
    ann.wait_stopped("lost")
    until(lambda: len(crowd.room.living()) == 20, "the end of its job")


def test_a_submission_that_came_to_nothing_is_told(crowd: Crowd) -> None:
    ann, before = crowd.visitors[0], crowd.room.submitted
    with crowd.room.fault("submit", answer(1, "", "localbatch: error: broken pipe")):
        ann.start("lost", SMALL)
        until(lambda: "lost" not in ann.servers(), "the end of the start")
    assert "The scheduler does not answer just now" in ann.failure("lost")
    assert crowd.room.submitted == before


def test_a_start_cancelled_while_it_is_submitted_leaves_no_job(crowd: Crowd) -> None:
    """Nor is its server called ready in the second in which JupyterHub has nothing pending."""
    ann, go = crowd.visitors[0], crowd.room.folder / "go"
    before = len(crowd.room.asked("submit"))  # more than were submitted: some were refused

    def seen() -> str:
        server = ann.servers().get("lost", {"ready": False, "pending": "spawn"})
        assert not server["ready"]
        return str(server["pending"])

    slow = f"""while [ ! -e {go} ]; do sleep 0.1; done; agent "$@" """
    with crowd.room.fault("submit", slow), ThreadPoolExecutor(2) as pool:
        pool.submit(ann.start, "lost", SMALL)
        until(lambda: len(crowd.room.asked("submit")) > before, "the submission")
        pool.submit(ann.stop, "lost")
        until(lambda: seen() == "stop", "the server being stopped")
        go.touch()
        ann.wait_stopped("lost")
    until(lambda: len(crowd.room.living()) == 20, "the end of its job")


def test_two_hundred_clicks_are_one_job(crowd: Crowd) -> None:
    ann, before = crowd.visitors[0], crowd.room.submitted
    ann.get("/hub/spawn/ann/clicked")
    with ThreadPoolExecutor(40) as pool:
        clicks = [pool.submit(ann.start, "clicked", SMALL) for _ in range(200)]
    assert {click.result().status_code for click in clicks} <= {201, 202, 400}
    ann.wait_ready("clicked")
    assert crowd.room.submitted == before + 1
    ann.stop("clicked")
    ann.wait_stopped("clicked")


# --- ends


def test_a_job_that_ends_by_itself_takes_its_server_along_and_its_owner_is_told(
    crowd: Crowd,
) -> None:
    ann = crowd.visitors[0]
    ann.start("lost", SMALL)
    ann.wait_ready("lost")
    job_id = ann.servers()["lost"]["state"]["child_state"]["job_id"]
    (record,) = (one for one in crowd.room.records() if one.job_id == int(job_id))
    os.killpg(record.script.pid, signal.SIGKILL)
    ann.wait_stopped("lost")
    assert ann.get("/user/ann/lost/api").status_code == 424, "no route leads there any more"
    cause = "It failed: exit code -9"
    until(lambda: cause in _text(ann.get("/hub/home")), "the owner being told")
    assert cause in _text(ann.get("/hub/user/ann/lost/"))
    assert cause not in _text(crowd.visitors[1].get("/hub/home"))


def _text(page: requests.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_stop_means_stopping_until_the_scheduler_says_so(crowd: Crowd) -> None:
    """While it takes no cancel nobody is told that a server has stopped, and then all do."""
    with crowd.room.fault("cancel", answer(1, "", "localbatch: error: Socket timed out")):
        answers = crowd.everywhere(lambda visitor, name: visitor.stop(name).status_code)
        assert set(answers) == {202}
        servers = [one for visitor in crowd.visitors for one in visitor.servers().values()]
        assert [one["pending"] for one in servers] == ["stop"] * 20
        assert len(crowd.room.living()) == 20
        page = crowd.visitors[0].get("/hub/home").text
        assert re.search(r"stopping", page, re.IGNORECASE)
    until(lambda: not any(one.servers() for one in crowd.visitors), "the end of the servers")
    until(lambda: not crowd.room.living(), "the end of their jobs")
    # Not POST: JupyterHub answers 500 to who waits for a start that somebody cancels.
    assert re.findall(r".*\] 5\d\d (?:GET|DELETE) /.*", crowd.room.hub.log()) == []
