"""Real starts and ends of all kinds, and what the event log of the hub tells of them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from hub_config.model.events import NAMES
from hub_config.schedulers.localjob import Record
from tests.hub.room import HERE, Room, stop_all
from tests.support import eventlog
from tests.support.hubs import Visitor, until

PATH = "/hub/api/berth/events"
LAUNCHER = """\
#!/bin/sh
# What a server does is in its name.
is() {{ grep -q "\\"JUPYTERHUB_SERVER_NAME\\": \\"$1\\"" "$spawn"; }}
spawn=$1
is broken && exit 7
is hang || is silent || is unwanted && exec {folder}/standin.py "$spawn"
is brief || exec {folder}/quick.py "$spawn"
{folder}/quick.py "$spawn" &
while [ ! -e {folder}/done ]; do sleep 0.2; done
kill $!
exit 0
"""
ENDS = {
    "stops": "stopped",
    "brief": "finished",
    "killed": "failed",
    "outside": "cancelled",
    "gone": "lost",
    "broken": "failed",
    "refused": "refused",
    "hang": "no_answer",
    "silent": "start_timeout",
    "unwanted": "withdrawn",
}
"""Servers, and how each of them ends."""

READY = ("stops", "brief", "killed", "outside", "gone")
PROFILES = {"hang": "deaf", "silent": "hasty", "refused": "refused"}
DEAF = """\
presets:
  - {id: deaf, title: No answer, partition: local, memory: 512M, walltime: 2h, http_timeout: 5s}
"""
READER, STRANGER = "reader", "stranger"


class Place:
    """A hub with two services: one may read events, the other may not."""

    def __init__(self) -> None:
        self.room = room = Room(
            {
                "hub": {"named_servers": 20},
                "scheduler": {"poll_interval": "1s"},
                "services": {
                    READER: {"scopes": ["custom:usage:read", "read:metrics"]},
                    STRANGER: {"scopes": ["list:users"]},
                },
            }
        )
        self.tokens = {name: os.urandom(16).hex() for name in (READER, STRANGER)}
        folder = room.folder / "credentials"
        folder.mkdir()
        for name, token in self.tokens.items():
            folder.joinpath(f"service-{name}").write_text(token)
        room.account.give(folder, *folder.iterdir())
        room.hub.env["CREDENTIALS_DIRECTORY"] = str(folder)
        room._program("quick.py", HERE.joinpath("quick.py").read_text())
        room.write_agent(room._program("acts", LAUNCHER.format(folder=room.folder)))
        room.folder.joinpath("profiles.d", "deaf.yml").write_text(DEAF)
        room.change({})

    @property
    def database(self) -> Path:
        [file] = self.room.folder.glob("*.sqlite")
        return file

    def ask(self, token: str, **params: Any) -> requests.Response:
        headers = {"Authorization": f"token {token}"} if token else {}
        url = self.room.hub.url + PATH
        return requests.get(url, headers=headers, params=params, timeout=60)

    def read(self, **params: Any) -> dict[str, Any]:
        answer = self.ask(self.tokens[READER], **params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def job(self, visitor: Visitor, server: str) -> Record:
        """Return the job of a server that is ready."""
        uuid = visitor.wait_ready(server)["state"]["child_state"]["uuid"]
        [job] = [record for record in self.room.living() if record.uuid == uuid]
        return job


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    place = Place()
    try:
        place.room.hub.start()
        yield place
    finally:
        place.room.close()


@pytest.fixture(scope="module")
def ann(place: Place) -> Iterator[Visitor]:
    """An admin, who sees the names of jobs."""
    visitor = place.room.visitor("ann")
    yield visitor
    visitor.close()


@pytest.fixture(scope="module")
def ended(place: Place, ann: Visitor) -> eventlog.Events:
    """The log after servers have ended in every way that can be had here."""
    for server in ENDS:
        ann.start(server, {"profile": PROFILES.get(server, "small")})
    jobs = {server: place.job(ann, server) for server in READY}
    until(lambda: told(place, "server-requested") == len(ENDS), "all requests")
    end_all(place, ann, jobs)
    for server in ENDS:
        ann.wait_stopped(server)
    kill(jobs["gone"])
    until(lambda: not place.room.living(), "the end of all jobs")
    until(lambda: told(place, "server-ended") == len(ENDS), "the end of all in the log")
    return eventlog.check(place.database)


def end_all(place: Place, ann: Visitor, jobs: dict[str, Record]) -> None:
    """Let every server that is ready end in its way, and give one start up.

    Of one the scheduler knows nothing any more, while it runs: nobody may tell how it ended.
    """
    (place.room.folder / "done").touch()
    os.killpg(os.getpgid(jobs["killed"].script.pid), signal.SIGKILL)
    os.kill(jobs["outside"].watcher.pid, signal.SIGTERM)
    place.room._jobs.joinpath(f"{jobs['gone'].job_id}.json").unlink()
    ann.stop("stops")
    ann.stop("unwanted")


def kill(job: Record) -> None:
    os.kill(job.watcher.pid, signal.SIGKILL)
    os.killpg(os.getpgid(job.script.pid), signal.SIGKILL)


def told(place: Place, wanted: str) -> int:
    """Return how many events of this name are in the log."""
    return sum(name == wanted for _, name in eventlog.events(place.database))


def test_each_end_has_its_outcome(ended: eventlog.Events) -> None:
    ends = [event["data"] for (_, name), event in ended.items() if name == "server-ended"]
    assert {data["server"]: data["outcome"] for data in ends} == ENDS
    assert {data["server"] for data in ends if data["ready"]} == set(READY)
    assert {data["server"] for data in ends if data["lasted"] is not None} == set(READY)


def test_a_wait_has_its_part_in_the_queue(ended: eventlog.Events) -> None:
    waits = [event["data"] for (_, name), event in ended.items() if name == "server-ready"]
    assert {data["server"] for data in waits} == set(READY)
    for data in waits:
        assert 0 <= data["queued"] <= data["waited"] < 300


def test_the_answer_is_the_log(place: Place, ended: eventlog.Events) -> None:
    answer = place.read()
    found = {(one["data"]["uuid"], one["schema"]): one for one in answer["events"]}
    assert set(found) == set(ended)
    for key, one in found.items():
        row = ended[key]
        assert one == {**{n: row[n] for n in ("id", "at", "data")}, "schema": key[1], "version": 1}
    assert answer["last"] == max(one["id"] for one in answer["events"])


def test_it_is_read_page_by_page(place: Place, ended: eventlog.Events) -> None:
    seen: list[tuple[int, str]] = []
    last = 0
    while page := (answer := place.read(after=last, limit=7))["events"]:
        assert len(page) <= 7
        seen += [(one["id"], one["schema"]) for one in page]
        last = answer["last"]
        assert last == seen[-1][0]
    assert seen == sorted(seen) and len(seen) == len(ended)
    assert {schema for _, schema in seen} == set(NAMES)
    assert place.read(after=last) == {"events": [], "last": last}


@pytest.mark.parametrize("who", ["nobody", "a wrong token", STRANGER, "an admin", "a user"])
def test_nobody_else_reads_it(place: Place, ann: Visitor, who: str) -> None:
    ben = place.room.visitor("ben")
    tokens = {"nobody": "", "a wrong token": "f" * 32, "an admin": ann.token()}
    token = (tokens | place.tokens | {"a user": ben.token()})[who]
    answer = place.ask(token)
    assert answer.status_code == 403
    assert "events" not in answer.json()
    assert ben.get(PATH).status_code == 403
    ben.close()


@pytest.mark.parametrize(
    "params",
    [{"after": "-1"}, {"after": "x"}, {"after": ""}, {"after": "9" * 19}, {"limit": "0"},
     {"limit": "1001"}, {"limit": "1e3"}, {"after": "²"}, {"after": "9" * 500}],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_the_reason(place: Place, params: dict[str, str]) -> None:
    answer = place.ask(place.tokens[READER], **params)
    assert answer.status_code == 400
    assert "must be a whole number from" in answer.json()["message"]


def test_nothing_is_changed_there(place: Place) -> None:
    headers = {"Authorization": f"token {place.tokens[READER]}"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = requests.request(method, place.room.hub.url + PATH, headers=headers, timeout=60)
        assert answer.status_code in (403, 405)


def test_waiting_times_are_a_metric_too(place: Place, ended: eventlog.Events) -> None:
    headers = {"Authorization": f"token {place.tokens[READER]}"}
    answer = requests.get(f"{place.room.hub.url}/hub/metrics", headers=headers, timeout=60)
    assert f"berth_spawn_wait_seconds_count {len(READY)}.0" in answer.text


def test_it_goes_on_under_the_next_hub(place: Place, ann: Visitor, ended: eventlog.Events) -> None:
    last = place.read()["last"]
    ann.start("again", {"profile": "small"})
    ann.wait_ready("again")
    place.room.hub.stop()
    place.room.hub.start()
    ann.wait_ready("again")
    stop_all(ann)
    until(lambda: told(place, "server-ended") == len(ENDS) + 1, "the end in the log")
    eventlog.check(place.database)
    news = place.read(after=last)["events"]
    assert [one["schema"] for one in news] == list(NAMES)
    assert news[-1]["data"]["outcome"] == "stopped"
