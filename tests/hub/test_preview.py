"""The job script that a form shows, and the link that opens one: nothing is started by either."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
import requests

from hub_config.model.request import JobRequest
from hub_config.schedulers import SCHEDULERS
from hub_config.schedulers.base import Submission
from hub_config.schedulers.script import job_script, stock_template
from tests.hub.room import Room
from tests.pages.markup import Page, parse
from tests.support.hubs import Visitor

WIDE = {
    "profile": "advanced", "partition": "local", "cores": "2", "memory": "0.75", "walltime": "3",
}  # fmt: skip
SMALL = {"profile": "small"}


@pytest.fixture
def nothing_starts(room: Room, ben: Visitor) -> Iterator[None]:
    """Fail if a job came of the test, or a row of a server."""
    ben.get("/hub/spawn")  # a page as a browser has it, with its _xsrf
    jobs, faults = room.submitted, room.faults()
    yield
    assert (room.submitted, ben.servers(), room.faults()) == (jobs, {}, faults)


def preview(visitor: Visitor, answers: dict[str, str], of: str = "ben") -> requests.Response:
    return visitor.post(f"/hub/berth/preview/{of}", answers, allow_redirects=False)


def texts(page: Page) -> list[str]:
    return [element.text for element in page.all("pre")]


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize("answers", [WIDE, SMALL], ids=["advanced", "preset"])
@pytest.mark.parametrize("server", ["", "third"])
def test_the_script_is_shown_and_nothing_starts(
    ben: Visitor, answers: dict[str, str], server: str
) -> None:
    answer = preview(ben, answers, f"ben/{server}" if server else "ben")
    assert answer.status_code == 200
    command, script = texts(parse(answer.text))
    assert f"--server={server}" in command
    assert script.startswith("#!/bin/bash")
    assert ben.token() not in answer.text


def test_it_is_what_a_start_with_these_values_submits(room: Room, ben: Visitor) -> None:
    ben.get("/hub/spawn")
    shown = texts(parse(preview(ben, WIDE).text))
    assert ben.submit_form("", WIDE).status_code == 302
    submitted = [agents(room, message["request"]) for message in room.asked("submit")]
    assert shown in submitted


def agents(room: Room, request: dict[str, Any]) -> list[str]:
    """Return command and script that the agent makes of a request, but for the job's uuid."""
    uuid, home = "0" * 32, PurePosixPath(room.home)
    submission = Submission(
        request=JobRequest.from_json(request), uuid=uuid, home=home,
        launcher=PurePosixPath(room.account.launcher),
        spawn_file=home / f".cache/berth/{uuid}.json",
    )  # fmt: skip
    tool, *argv = SCHEDULERS["local"]().submit(submission).argv
    assert tool == sys.executable
    argv = [str(room.account.python), *argv]
    return [" \\\n  ".join(map(shlex.quote, argv)), job_script(submission, stock_template())]


@pytest.mark.usefixtures("nothing_starts")
def test_wrong_values_are_told_as_the_form_tells_them(ben: Visitor) -> None:
    answer = preview(ben, WIDE | {"cores": "99", "command": "<b>x</b>", "partition": "local"})
    page = parse(answer.text)
    assert (answer.status_code, texts(page)) == (400, [])
    assert "Number of cores: Partition local allows 1 to 2 here; you asked for 99." in page.text
    assert "command is not open to choice here." in page.text
    back = page.one("a", class_="btn btn-primary")["href"]
    form = parse(ben.get(back).text)
    assert form.one(id="advanced-cores")["value"] == "99"


@pytest.mark.usefixtures("nothing_starts")
def test_whose_scripts_one_may_see(room: Room, ann: Visitor, ben: Visitor) -> None:
    ann.get("/hub/spawn")
    assert preview(ann, SMALL).status_code == 200, "an admin may"
    for name in ("ann", "nobody"):
        assert preview(ben, SMALL, of=name).status_code == 404
    led = ben.get("/hub/berth/preview/ben/second")
    assert led.url == f"{ben.url}/hub/spawn/ben/second", "a link to the page leads to its form"
    bare = ben.session.post(f"{ben.url}/hub/berth/preview/ben", SMALL, timeout=60)
    assert bare.status_code == 403, "without the page's _xsrf"
    stranger = requests.post(
        f"{room.hub.url}/hub/berth/preview/ben", SMALL, timeout=60, allow_redirects=False
    )
    assert stranger.status_code in (302, 403)
    climate = {"profile": "climate-only"}
    assert preview(ann, climate, of="ann").status_code == 200
    assert preview(ann, climate).status_code == 400, "it is ben who would start it"


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize("name", ["..", "a%20b", "-x", "%00", "x" * 300, "%F0%9F%9A%80"])
def test_a_server_that_cannot_be_called_so_has_no_script(ben: Visitor, name: str) -> None:
    assert preview(ben, SMALL, f"ben/{name}").status_code in (400, 404, 405)


# --- links


@pytest.mark.usefixtures("nothing_starts")
def test_a_link_without_a_name_opens_ones_own_form(ben: Visitor) -> None:
    link = "/hub/berth/form/third?opt-profile=advanced&opt-cores=2&next=//x.example&x=y"
    answer = ben.get(link, allow_redirects=False)
    target = "/hub/spawn/ben/third?opt-profile=advanced&opt-cores=2"
    assert (answer.status_code, answer.headers["Location"]) == (302, target)
    form = parse(ben.get(target).text)
    assert form.one(id="advanced-cores")["value"] == "2"


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize(
    "query",
    [
        "opt-profile=small", "profile=small", "opt-profile=small&start=1", "opt-=1&profile=small",
        "_xsrf=x&profile=small", "opt-profile=small&opt-command=x&token=y", "opt-profile=%ff",
        "opt-profile=small&progress=1&_=1", "profile=small&opt-profile=small&redirects=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/hub/spawn", "/hub/spawn/ben", "/hub/spawn/ben/third", "/hub/berth/form/third"]
)
def test_no_link_starts_anything(ben: Visitor, path: str, query: str) -> None:
    assert ben.get(f"{path}?{query}").status_code < 500
