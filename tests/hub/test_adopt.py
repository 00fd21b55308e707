"""What a hub makes of servers that changed while it was away, and of a database that is gone.

The jobs are real processes, their servers stand-ins that are there at once (quick.py).
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from hub_config.cluster.ways import agent_argv
from hub_config.marks import Marks
from hub_config.schedulers.localjob import Record
from tests.hub.room import Room, stop_all
from tests.support.hubs import Visitor, until

HERE = Path(__file__).resolve().parent
SERVERS = {"ann": ("", "second"), "ben": ("",)}


class Place:
    """A hub with three servers of two users."""

    def __init__(self) -> None:
        self.room = Room({})
        self.quick = self._program("quick.py")
        self.visitors: dict[str, Visitor] = {}

    def _program(self, name: str) -> Path:
        path = self.room.folder / name
        path.write_text(HERE.joinpath(name).read_text())
        path.chmod(0o755)
        return path

    def open(self) -> None:
        """Start the hub and the servers."""
        self.write_launcher()
        self.room.hub.start()
        self.visitors = {name: self.room.visitor(name) for name in SERVERS}
        self.start_servers()

    def write_launcher(self) -> None:
        """Let jobs run the quick stand-in."""
        self.room.write_agent(self.quick)

    def servers_of(self, visitor: Visitor) -> dict[str, Any]:
        """Return the servers of *visitor* as an admin sees them."""
        answer = self.visitors["ann"].api("GET", f"/users/{visitor.name}")
        servers: dict[str, Any] = answer.json()["servers"]
        return servers

    def start_servers(self) -> None:
        """Start every server that does not run."""
        for name, servers in SERVERS.items():
            for server in servers:
                if server not in self.visitors[name].servers():
                    self.visitors[name].start(server, {"profile": "small"})
        self.check_all()
        until(self.all_noted, "the ports in the queue, for a hub that has lost its database")

    def all_noted(self) -> bool:
        """Return whether the scheduler was told the port of every server."""
        notes = self.room._jobs
        return all((notes / f"{job.job_id}.note").exists() for job in self.room.living())

    def check_all(self) -> None:
        """Fail unless every server is ready and answers, each from the only job it has."""
        for name, servers in SERVERS.items():
            for server in servers:
                self.visitors[name].wait_ready(server)
                answer = self.visitors[name].get(f"/user/{name}/{server}".rstrip("/") + "/api")
                assert answer.status_code == 200, answer.text
        assert len(self.room.living()) == 3

    def jobs(self) -> set[int]:
        """Return the numbers of the jobs of which a process is left."""
        return {record.job_id for record in self.room.living()}

    def close(self) -> None:
        for visitor in self.visitors.values():
            visitor.close()
        self.room.close()


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Three servers; a test that costs some starts them anew."""
    place = Place()
    try:
        place.open()
        yield place
    finally:
        place.close()


@contextmanager
def stopped(place: Place, how: signal.Signals = signal.SIGKILL) -> Iterator[None]:
    """The time between two hubs."""
    place.room.hub.stop(how)
    yield
    place.room.hub.start()


@contextmanager
def frozen(records: list[Record]) -> Iterator[None]:
    """Servers that take connections and answer none, as if the network swallowed them."""
    for record in records:
        os.killpg(os.getpgid(record.script.pid), signal.SIGSTOP)
    yield
    for record in records:
        os.killpg(os.getpgid(record.script.pid), signal.SIGCONT)


def end(record: Record) -> None:
    """End a job as its walltime would."""
    with suppress(ProcessLookupError):
        os.kill(record.watcher.pid, signal.SIGTERM)


def test_nothing_is_asked_for_each_server(place: Place) -> None:
    before, jobs = len(place.room.asked("query")), place.jobs()
    with stopped(place):
        pass
    place.check_all()
    assert place.jobs() == jobs
    assert len(place.room.asked("query")) - before <= 3


def test_servers_that_do_not_answer_are_kept(place: Place) -> None:
    jobs, uuids = place.jobs(), {record.uuid for record in place.room.living()}
    with frozen(place.room.living()), stopped(place):
        pass
    assert place.jobs() == jobs
    place.check_all()
    assert not uuids & {request["uuid"] for request in place.room.asked("cancel")}


def test_a_server_that_ended_meanwhile_is_gone(place: Place) -> None:
    ben = place.visitors["ben"]
    uuid = (
        place.visitors["ann"]
        .api("GET", "/users/ben")
        .json()["servers"][""]["state"]["child_state"]["uuid"]
    )
    (job,) = [record for record in place.room.living() if record.uuid == uuid]
    with stopped(place):
        end(job)
        until(lambda: job.job_id not in place.jobs(), "the end of the job")
    ben.wait_stopped()
    assert ben.get("/user/ben/api").status_code != 200
    place.start_servers()


def test_a_hub_without_its_scheduler_is_there_and_keeps_everything(place: Place) -> None:
    jobs = place.jobs()
    agent = place.room.folder / "agent-python"
    kept = agent.read_text()
    try:
        with stopped(place):
            agent.write_text("#!/bin/sh\nexit 75\n")
        place.check_all()
    finally:
        agent.write_text(kept)
    assert place.jobs() == jobs


def test_routes_come_back_with_a_proxy_that_was_killed(place: Place) -> None:
    hub, jobs = place.room.hub, place.jobs()
    assert hub.proxy is not None
    hub.proxy.kill()
    hub.proxy.wait()
    hub.start_proxy()
    ann = place.visitors["ann"]
    until(lambda: answers(ann, "/user/ann/second/api"), "the route of a server")
    place.check_all()
    assert place.jobs() == jobs


def answers(visitor: Visitor, path: str) -> bool:
    """Return whether something answers there, the proxy included."""
    try:
        return visitor.get(path).status_code == 200
    except requests.ConnectionError:
        return False


MOMENTS = ["Running JupyterHub version", "Profiles read", "Hub API listening", "is now running"]
"""Lines of the log of a hub that comes up, in their order."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_sigterm_is_obeyed_at_any_moment_of_the_start(place: Place, moment: str) -> None:
    hub, jobs = place.room.hub, place.jobs()
    hub.stop(signal.SIGKILL)
    told = len(hub.log())
    hub.launch()
    assert hub.process is not None
    until(lambda: moment in hub.log()[told:], f'"{moment}" in the log')
    hub.process.send_signal(signal.SIGTERM)
    hub.process.wait(30)
    hub.start()
    place.check_all()
    assert place.jobs() == jobs


# --- jobs that nobody knows of


def submit_behind_its_back(place: Place, uuid: str) -> None:
    """Submit a copy of a job as *uuid*, as a hub does that is killed before it wrote that down."""
    message = place.room.asked("submit")[-1] | {"user": "ben", "server": "late", "uuid": uuid}
    folder = place.room.folder
    argv = agent_argv(folder / "agent.toml", str(folder / "agent-python"))
    with place.room.launcher(place.room.standin):
        done = subprocess.run(argv, input=json.dumps(message), text=True, capture_output=True)
    place.write_launcher()
    assert json.loads(done.stdout)["code"] == 0, done


def test_a_job_of_ours_that_nobody_wants_is_ended(place: Place) -> None:
    secret = bytes.fromhex(place.room.folder.joinpath("cookie_secret").read_text())
    jobs, uuid = place.jobs(), Marks(secret).mint("ben", "late")
    submit_behind_its_back(place, uuid)
    assert len(place.jobs()) == 4
    until(lambda: place.jobs() == jobs, "the end of the job")
    assert uuid in {request["uuid"] for request in place.room.asked("cancel")}


def test_a_job_that_another_hub_named_is_not(place: Place) -> None:
    jobs, uuid = place.jobs(), Marks(os.urandom(32)).mint("ben", "late")
    submit_behind_its_back(place, uuid)
    (added,) = place.jobs() - jobs
    asked = len(place.room.asked("query"))
    until(lambda: len(place.room.asked("query")) > asked + 3, "three more looks at the queue")
    assert added in place.jobs()
    end(next(record for record in place.room.living() if record.job_id == added))
    until(lambda: place.jobs() == jobs, "the end of the job")


# --- the database


def forget(place: Place) -> None:
    """Delete the database of a hub that does not run."""
    files = list(place.room.folder.glob("jupyterhub.sqlite*"))
    assert files
    for file in files:
        file.unlink()


def log_in_again(place: Place) -> None:
    """Log everybody in with a new browser: who was logged in is forgotten, too."""
    for name in SERVERS:
        place.visitors[name].close()
        place.visitors[name] = place.room.visitor(name)


def tokens(place: Place) -> dict[str, str]:
    """Return each server's own token by the name of its job."""
    found = {}
    for record in place.room.living():
        text = place.room.spawn_file(record.uuid).read_text()
        found[record.uuid] = text.partition('"JUPYTERHUB_API_TOKEN": "')[2].partition('"')[0]
    return found


def counts(place: Place, token: str) -> bool:
    """Return whether the hub takes the token."""
    headers = {"Authorization": f"token {token}"}
    url = f"{place.room.hub.url}/hub/api/user"
    return requests.get(url, headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_a_database_that_is_gone_is_made_again_from_the_queue(
    place: Place, how: signal.Signals
) -> None:
    jobs, known = place.jobs(), tokens(place)
    with stopped(place, how):
        forget(place)
    log_in_again(place)
    # At once, if the scheduler answers a busy machine before the hub goes on without it.
    for name, servers in SERVERS.items():
        visitor = place.visitors[name]
        until(lambda: {*servers} <= visitor.servers().keys(), "the servers")  # noqa: B023
    place.check_all()
    assert place.jobs() == jobs
    assert all(counts(place, token) for token in known.values())


def test_a_scheduler_that_answers_late_brings_the_servers_back_late(place: Place) -> None:
    jobs, agent = place.jobs(), place.room.folder / "agent-python"
    kept = agent.read_text()
    try:
        with stopped(place):
            forget(place)
            agent.write_text("#!/bin/sh\nexit 75\n")
        log_in_again(place)
        assert place.visitors["ben"].servers() == {}
    finally:
        agent.write_text(kept)
    until(lambda: place.visitors["ben"].servers(), "the servers")
    place.check_all()
    assert place.jobs() == jobs


def test_a_server_brought_back_can_be_stopped_and_its_token_ends(place: Place) -> None:
    with stopped(place):
        forget(place)
    log_in_again(place)
    ann, known = place.visitors["ann"], tokens(place)
    state = ann.servers()["second"]["state"]["child_state"]
    assert ann.stop("second").status_code in (202, 204)
    ann.wait_stopped("second")
    assert not counts(place, known[state["uuid"]])
    assert len(place.jobs()) == 2
    place.start_servers()


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Somebody holds the database, so that it takes no change."""
    holder = sqlite3.connect(place.room.folder / "jupyterhub.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


def test_a_database_that_takes_no_change_costs_no_server(place: Place) -> None:
    ann, jobs = place.visitors["ann"], place.jobs()
    with held(place):
        assert ann.start("third", {"profile": "small"}).status_code >= 500
    until(lambda: ann.get("/hub/home").status_code == 200, "the hub's next page")
    stop_named(ann, "third")
    place.check_all()
    assert place.jobs() == jobs


def test_a_stop_that_the_database_did_not_take_is_made_up_for(place: Place) -> None:
    ben, before = place.visitors["ben"], tokens(place)
    with held(place):
        told = len(place.room.hub.log())
        ben.stop()
        until(lambda: len(place.jobs()) == 2, "the end of the job")
        until(lambda: "database is locked" in place.room.hub.log()[told:], "a failed change")
    ben.wait_stopped()
    (ended,) = before.keys() - tokens(place).keys()
    until(lambda: not counts(place, before[ended]), "the end of the token")
    place.start_servers()


def stop_named(visitor: Visitor, server: str) -> None:
    """Remove a server that may be there."""
    visitor.api("DELETE", f"/users/{visitor.name}/servers/{server}", {"remove": True})
    visitor.wait_stopped(server)


def start_that_waits(place: Place) -> str:
    """Start a server of ben's whose report is left to the test; return the name of its job."""
    with place.room.launcher(place.room.standin):
        place.visitors["ben"].start("waits", {"profile": "small"})
        until(lambda: len(place.jobs()) == 4, "the job")
    place.write_launcher()
    return max(place.room.living(), key=lambda record: record.job_id).uuid


def report(place: Place, uuid: str) -> None:
    """Report the port of the job *uuid*, and wait until its server is there."""
    ben, port_file = place.visitors["ben"], place.room.spawn_file(uuid).with_suffix(".port")
    port = int(until(lambda: port_file.exists() and port_file.read_text(), "the server"))
    headers = {"Authorization": f"token {tokens(place)[uuid]}"}
    url = f"{ben.url}/hub/api/berth/ready"
    assert requests.post(url, json={"port": port}, headers=headers, timeout=30).status_code == 204
    ben.wait_ready("waits")


def stop_waits(place: Place) -> None:
    ben = place.visitors["ben"]
    assert ben.get("/user/ben/waits/api").status_code == 200
    stop_named(ben, "waits")
    place.check_all()


def test_a_start_goes_on_without_its_database(place: Place) -> None:
    uuid = start_that_waits(place)
    with stopped(place):
        forget(place)
    log_in_again(place)
    assert place.visitors["ben"].servers()["waits"]["pending"] == "spawn"
    report(place, uuid)
    stop_waits(place)


@contextmanager
def database_of_before(place: Place) -> Iterator[None]:
    """What happens in it is unknown to the hub that is started at its end."""
    folder = place.room.folder
    database, old = folder / "jupyterhub.sqlite", folder / "old.sqlite"
    source, copy = sqlite3.connect(database), sqlite3.connect(old)
    source.backup(copy)
    source.close()
    copy.close()
    yield
    with stopped(place):
        forget(place)
        shutil.move(old, database)
        place.room.account.give(database)
    log_in_again(place)


def test_a_database_of_before_a_start_was_over_learns_the_port_from_the_queue(
    place: Place,
) -> None:
    uuid = start_that_waits(place)
    with database_of_before(place):
        report(place, uuid)
        until(place.all_noted, "the port in the queue")
    place.visitors["ben"].wait_ready("waits")
    stop_waits(place)


def test_a_database_of_an_hour_ago_is_brought_up_to_date(place: Place) -> None:
    """Since then two servers were stopped and started again, and one is new."""
    stop_all(place.visitors["ben"])
    with database_of_before(place):
        stop_all(place.visitors["ann"])
        place.start_servers()
        jobs = place.jobs()
    place.check_all()
    assert place.jobs() == jobs


# --- other hubs


def test_jobs_of_another_hub_are_left_alone(place: Place) -> None:
    """Another hub is one with another cookie secret: none of the jobs can be its own."""
    folder, jobs = place.room.folder, place.jobs()
    secret, database = folder / "cookie_secret", folder / "jupyterhub.sqlite"
    kept = secret.read_text()
    with stopped(place):
        aside = [
            file.rename(folder / f"aside-{file.name}") for file in folder.glob(f"{database.name}*")
        ]
        secret.write_text(os.urandom(32).hex())
    log_in_again(place)
    ben = place.visitors["ben"]
    assert ben.servers() == {}
    ben.start("", {"profile": "small"})
    ben.wait_ready()
    assert place.jobs() > jobs
    stop_all(ben)
    assert place.jobs() == jobs
    assert {request["uuid"] for request in place.room.asked("cancel")}.isdisjoint(tokens(place))
    with stopped(place):
        forget(place)
        for file in aside:
            file.rename(folder / file.name.removeprefix("aside-"))
        secret.write_text(kept)
    log_in_again(place)
    place.check_all()
    assert place.jobs() == jobs
