"""What a server tells JupyterLab of its own job: asked of the hub, kept, and marked when old."""

import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_config.singleuser.berth_singleuser import is_ours, memory_options
from tests.singleuser.job import HANG, LAUNCHER, Job, wait_until
from tests.singleuser.standin_hub import StandInHub
from tests.singleuser.test_imports import in_user_environment

Start = Callable[..., Job]
ABOUT = {"job_id": "7", "partition": "shared", "node": "n1", "end": 5000.0, "now": 1000.0,
         "announcements": []}  # fmt: skip
PATH = "api/berth/job"


class Serving:
    """A server and whoever asks it."""

    def __init__(self, job: Job, hub: StandInHub, token: str) -> None:
        assert hub.reported.wait(HANG), job.log
        self._port = json.loads(hub.reports[0].body)["port"]
        self._token = token

    def ask(self, path: str, **headers: str) -> tuple[int, Any]:
        """GET as the user's browser does; without the token if ``Authorization`` says so."""
        known = {"Authorization": f"token {self._token}", **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=HANG)
        connection.request("GET", f"/user/alice/preset/{path}", headers=known)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content) if content.startswith(b"{") else None


@pytest.fixture
def serving(
    home: Path, hub: StandInHub, spawn: dict[str, Any], start: Start, token: str
) -> Serving:
    """A server whose job may use 3 GB."""
    config = home / ".jupyter" / "jupyter_server_config.json"
    config.parent.mkdir()
    config.write_text('{"ServerApp": {"allow_root": true}}')  # only for tests run by root
    spawn["env"]["JUPYTERHUB_MEMORY_LIMIT"] = str(3 << 30)
    return Serving(start(), hub, token)


def test_it_says_what_the_hub_says_and_asks_once_for_all_tabs(
    serving: Serving, hub: StandInHub, token: str
) -> None:
    hub.about_the_job = ABOUT
    status, job = serving.ask(PATH)
    assert status == 200
    assert {**ABOUT, "now": job["now"]}.items() <= job.items()
    assert (job["stale"], job["language"]) == (False, "en")
    serving.ask(PATH)
    assert hub.job_asked_with == [f"token {token}"]


def test_the_hubs_clock_goes_on(serving: Serving, hub: StandInHub) -> None:
    hub.about_the_job = ABOUT
    first = serving.ask(PATH)[1]["now"]
    time.sleep(0.2)
    later = serving.ask(PATH)[1]["now"]
    assert 1000 <= first < later < 1000 + HANG


def test_nothing_is_said_before_the_hub_says_something(serving: Serving, hub: StandInHub) -> None:
    assert serving.ask(PATH)[0] == 503
    nonsense: Any
    for nonsense in ([], {}, {"now": "soon"}, {"now": None}):
        hub.about_the_job = nonsense
        assert serving.ask(PATH)[0] == 503
    hub.about_the_job = ABOUT
    assert serving.ask(PATH)[0] == 200


def test_only_who_may_use_the_server_may_ask(serving: Serving, hub: StandInHub) -> None:
    hub.about_the_job = ABOUT
    assert serving.ask(PATH, Authorization="")[0] == 403
    assert hub.job_asked_with == []


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.5", "de"), ("", "fr, de;q=0.4, en;q=0.2", "de"),
        ("en", "de-DE", "en"), ("de", "en", "de"), ("xx", "fr", "en"), ("", "", "en"),
    ],
)  # fmt: skip
def test_the_language_of_the_hubs_pages(cookie: str, accepted: str, language: str) -> None:
    code = f"import berth_lab; print(berth_lab.language({cookie!r}, {accepted!r}))"
    assert in_user_environment(code) == language


def test_looking_at_it_keeps_no_idle_server(serving: Serving, hub: StandInHub) -> None:
    hub.about_the_job = ABOUT
    serving.ask("api/contents")
    wait_until(lambda: serving.ask("api/status")[1]["last_activity"], "an activity")
    before = serving.ask("api/status")[1]["last_activity"]
    assert serving.ask(PATH)[0] == 200
    assert serving.ask("api/status")[1]["last_activity"] == before
    serving.ask("api/contents")
    assert serving.ask("api/status")[1]["last_activity"] != before


def test_the_memory_indicator_knows_the_jobs_limit(serving: Serving) -> None:
    status, metrics = serving.ask("api/metrics/v1")
    assert status == 200
    assert metrics["limits"]["memory"]["rss"] == 3 << 30
    assert 0 < metrics["pss"] <= metrics["rss"] < 3 << 30


@pytest.mark.parametrize("limit", ["", "-1", "3G", "1.5", "1 2"])
def test_what_is_no_number_of_bytes_is_no_limit(limit: str) -> None:
    assert memory_options({"JUPYTERHUB_MEMORY_LIMIT": limit}) == memory_options({}) == []
    assert is_ours("JUPYTERHUB_MEMORY_LIMIT")  # a user's script cannot change it


KEPT = """
import asyncio, berth_lab
clock = [0.0]
answers = [{"now": 1000.0, "end": 5000.0}, OSError("away"), {"now": 1099.0, "end": 9000.0}]
asked = []
async def ask():
    asked.append(clock[0])
    answer = answers.pop(0)
    if isinstance(answer, Exception):
        raise answer
    return answer
async def main():
    hub = berth_lab.Hub(ask, lambda: clock[0])
    for moment in (0, 10, 20, 99):
        clock[0] = float(moment)
        job = await hub.job()
        print(job["now"], job["end"], job["age"], job["stale"])
    print(*asked)
asyncio.run(main())
"""


def test_while_the_hub_is_away_the_last_it_said_counts() -> None:
    assert in_user_environment(KEPT).splitlines() == [
        "1000.0 5000.0 0.0 False",
        "1010.0 5000.0 10.0 False",
        "1020.0 5000.0 20.0 True",
        "1099.0 9000.0 0.0 False",
        "0.0 20.0 99.0",
    ]


def test_many_at_once_are_one_question() -> None:
    code = """
import asyncio, berth_lab
asked = []
async def ask():
    asked.append(1)
    await asyncio.sleep(0.1)
    return {"now": 1.0}
async def main():
    hub = berth_lab.Hub(ask)
    await asyncio.gather(*(hub.job() for _ in range(9)))
asyncio.run(main())
print(len(asked))
"""
    assert in_user_environment(code) == "1"


def test_the_installed_files_are_those_of_the_checkout() -> None:
    place = in_user_environment("import berth_lab; print(berth_lab.__file__)")
    assert Path(place).read_bytes() == LAUNCHER.with_name("berth_lab.py").read_bytes()
    installed = Path(place).parents[3] / "share/jupyter/labextensions/berth"
    sources = LAUNCHER.with_name("labextension")
    files = {file.relative_to(sources) for file in sources.rglob("*") if file.is_file()}
    assert {file.relative_to(installed) for file in installed.rglob("*") if file.is_file()} == files
    for file in files:
        assert (installed / file).read_bytes() == (sources / file).read_bytes()
