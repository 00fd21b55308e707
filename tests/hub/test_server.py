"""What a server may know of its job: its own token opens its own job, and nothing else does.

Jobs run a stand-in, which is there at once. The local scheduler reads a changed record as Slurm
reads ``scontrol update``; the real one is in tests/browser/test_lab_time.py.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from hub_config.schedulers.localjob import Record
from tests.hub.room import HERE, Room, stop_all
from tests.support.hubs import Visitor, until

PATH = "/hub/api/berth/server"
SERVERS = (("ben", "one"), ("ben", "two"), ("ann", "one"))
HOUR = 3600
WARNING = {
    "severity": "warning",
    "title": "Disks",
    "text": {"en": "</script><b>slow</b>", "de": "langsam"},
    "url": "https://status.example.org/disks",
    "where": ["lab"],
}
ELSEWHERE = {"text": "On the login page only", "where": ["login"]}


class Servers:
    """Two servers of ben's and one of ann's, an admin: what each token gets."""

    def __init__(self, room: Room, people: dict[str, Visitor]) -> None:
        self.room, self.people = room, people
        self.states: dict[tuple[str, str], dict[str, Any]] = {}
        for user, server in SERVERS:
            people[user].start(server, {"profile": "small"})
            people[user].wait_ready(server)
            models = people["ann"].api("GET", f"/users/{user}").json()["servers"]
            self.states[user, server] = models[server]["state"]["child_state"]

    def token(self, user: str, server: str) -> str:
        file = self.room.spawn_file(self.states[user, server]["uuid"])
        token: str = json.loads(file.read_text())["env"]["JUPYTERHUB_API_TOKEN"]
        return token

    def ask(self, token: str, method: str = "GET", **options: Any) -> requests.Response:
        url = self.people["ben"].url + PATH
        headers = {"Authorization": f"token {token}"} if token else {}
        return requests.request(method, url, headers=headers, timeout=30, **options)

    def record(self, user: str, server: str) -> Record:
        wanted = self.states[user, server]["uuid"]
        return next(record for record in self.room.records() if record.uuid == wanted)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Those of a hub that announces something."""
    room = Room({"branding": {"announcements": [WARNING, ELSEWHERE]}})
    people: dict[str, Visitor] = {}
    try:
        room.hub.start()
        people |= {name: room.visitor(name) for name in ("ann", "ben")}
        with room.launcher(room._program("quick.py", HERE.joinpath("quick.py").read_text())):
            yield Servers(room, people)
        for person in people.values():
            stop_all(person)
    finally:
        for person in people.values():
            person.close()
        room.close()


@pytest.mark.parametrize(("user", "server"), SERVERS)
def test_its_own_job(servers: Servers, user: str, server: str) -> None:
    answer = servers.ask(servers.token(user, server))
    assert answer.status_code == 200
    told, record = answer.json(), servers.record(user, server)
    assert told["job_id"] == servers.states[user, server]["job_id"] == str(record.job_id)
    assert (told["partition"], told["node"]) == ("local", "127.0.0.1")
    assert told["end"] == record.started + 2 * HOUR
    assert abs(told["now"] - time.time()) < HOUR


def test_what_is_announced_in_jupyterlab_in_every_language(servers: Servers) -> None:
    [told] = servers.ask(servers.token("ben", "one")).json()["announcements"]
    assert told.pop("id")
    assert told == {
        "severity": "warning",
        "url": WARNING["url"],
        "title": {"en": "Disks", "de": "Disks"},
        "text": WARNING["text"],
    }


def test_nobody_elses_token(servers: Servers) -> None:
    own = servers.token("ben", "one")
    others = {
        "nobody's": ("", 403),
        "half of it": (own[:16], 403),
        "the proxy's": (servers.room.hub.proxy_token, 403),
        "ben's own, not the job's": (servers.people["ben"].token(), 410),
        "an admin's": (servers.people["ann"].token(), 410),
    }
    seen = {who: servers.ask(token).status_code for who, (token, _) in others.items()}
    assert seen == {who: code for who, (_, code) in others.items()}


def test_a_token_counts_in_the_header_only(servers: Servers) -> None:
    own, ben = servers.token("ben", "one"), servers.people["ben"]
    assert servers.ask("", params={"token": own}).status_code == 403
    assert ben.session.get(ben.url + PATH, timeout=30).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_there_is_nothing_to_change(servers: Servers, method: str) -> None:
    assert servers.ask(servers.token("ben", "one"), method).status_code == 405


def test_more_time_from_the_scheduler_is_seen(servers: Servers) -> None:
    token, record = servers.token("ben", "one"), servers.record("ben", "one")
    record.walltime = 5 * HOUR
    record.write(servers.room._jobs)
    later = record.started + 5 * HOUR
    until(lambda: servers.ask(token).json()["end"] == later, "the new end", patience=60)


def test_it_costs_the_scheduler_nothing(servers: Servers) -> None:
    """The hub goes on asking at its own pace, every 5 seconds, however many ask the hub."""
    token, begun = servers.token("ben", "one"), time.monotonic()
    before = len(servers.room.asked("query"))
    for _ in range(50):
        assert servers.ask(token).status_code == 200
    rounds = (time.monotonic() - begun) / 5 + 2
    assert len(servers.room.asked("query")) - before <= rounds


def test_the_job_is_told_its_memory(servers: Servers) -> None:
    file = servers.room.spawn_file(servers.states["ben", "one"]["uuid"])
    assert json.loads(file.read_text())["env"]["JUPYTERHUB_MEMORY_LIMIT"] == str(512 << 20)


def test_after_the_end_the_token_is_worth_nothing(servers: Servers) -> None:
    token = servers.token("ben", "two")
    servers.people["ben"].stop("two")
    servers.people["ben"].wait_stopped("two")
    assert servers.ask(token).status_code == 403
    assert servers.ask(servers.token("ben", "one")).status_code == 200
