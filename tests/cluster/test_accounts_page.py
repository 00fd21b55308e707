"""The accounts service beside a real Slurm: its page says what sacctmgr and sshare say.

Three people, each with projects of their own, and dave, who has none and no home at first.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from hub_config.i18n.figures import number
from tests.pages.markup import parse
from tests.support.centre import HUB_USER, Centre
from tests.support.hubs import Visitor, free_ports, until
from tests.support.people import logged_in
from tests.testbed.accounting import SACCTMGR
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

BUDGET = ("account", "name=mh0010")
PEOPLE = {"alice": {"bm0146", "mh0010"}, "bob": {"mh0010"}, "carol": {"miklip"}}
HOURS = 0.05
"""What a figure may differ by: two questions are not asked at the same moment."""


@pytest.fixture(scope="module")
def page(centre: Centre) -> Iterator[str]:
    """The address of the service, which the hub of the centre starts; a budget; a full home."""
    folder = centre.hub.folder
    before = (folder / "site.yml").read_text()
    tokens = folder / "credentials"
    tokens.mkdir()
    (tokens / "service-accounts").write_text(os.urandom(16).hex())
    _tell(folder / "quota.json", alice=2000, bob=1000)
    service = {"app": "accounts", "start": True, "port": free_ports(1)[0]}
    changes = {
        "services": {"accounts": service, "announcements": None, "usage": None},
        "accounts": {"quota": ["quota.json"], "login": "login.example.org"},
    }
    try:
        _limit(centre.bed, "cpu=6000,gres/gpu=60")
        centre.hub.write_site(str(folder), changes)
        centre.hub.env["CREDENTIALS_DIRECTORY"] = str(tokens)
        must(["/bin/chown", "-R", f"{HUB_USER}:{HUB_USER}", str(folder)])
        _begin_anew(centre)
        url = f"{centre.hub.url}/services/accounts/"
        until(lambda: _answers(url), "an answer of the service")
        yield "/services/accounts/"
    finally:
        _limit(centre.bed, "cpu=-1,gres/gpu=-1")
        del centre.hub.env["CREDENTIALS_DIRECTORY"]
        (folder / "site.yml").write_text(before)
        shutil.rmtree(tokens)
        (folder / "quota.json").unlink()
        _begin_anew(centre)


def _begin_anew(centre: Centre) -> None:
    centre.hub.stop()
    centre.hub.start()


def _limit(bed: SlurmBed, minutes: str) -> None:
    must([SACCTMGR, "--immediate", "modify", *BUDGET, "set", f"GrpTRESMins={minutes}"], env=bed.env)


def _tell(file: Path, **used: int) -> None:
    """Write quotas of 2000 KiB of homes."""
    rows = [
        {"user": user, "path": f"/home/{user}", "total_block_usage": blocks, "block_limit": 2000,
         "total_file_usage": 1, "file_limit": 0}
        for user, blocks in used.items()
    ]  # fmt: skip
    file.write_text(json.dumps({"version": 1, "timestamp": time.time(), "quotas": rows}))


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=30, allow_redirects=False).status_code == 302
    except requests.ConnectionError:
        return False


def _rows(bed: SlurmBed, *argv: str) -> list[list[str]]:
    return [line.strip().split("|") for line in must(argv, env=bed.env).splitlines()]


def _hours(text: str) -> dict[str, float]:
    """Return ``cpu=120,mem=7`` in hours, those that are not of memory."""
    pairs = (one.partition("=") for one in text.split(",") if one)
    return {name: int(minutes) / 60 for name, _, minutes in pairs if name != "mem"}


def _mine(visitor: Visitor) -> dict[str, Any]:
    """Return what the service tells, once Slurm has told the hub."""

    def told() -> Any:
        url = f"{visitor.url}/services/accounts/api/v1/mine"
        headers = {"Authorization": f"token {visitor.token()}"}
        answer = requests.get(url, headers=headers, timeout=60).json()
        projects = answer["projects"]
        return answer if projects and all(one["known"] for one in projects) else None

    until(lambda: _known(visitor), "Slurm's answer to the hub")
    found: dict[str, Any] = until(told, "Slurm's answer on the page")
    return found


def _known(visitor: Visitor) -> bool:
    projects = visitor.api("GET", "/berth/accounts").json()["projects"]
    return bool(projects) and all(one["known"] for one in projects)


@pytest.mark.parametrize("user", PEOPLE)
def test_the_page_is_what_sacctmgr_and_sshare_say(
    centre: Centre, page: str, unix_users: dict[str, str], user: str
) -> None:
    with logged_in(centre, user, unix_users) as visitor:
        mine = _mine(visitor)
        html = visitor.get(page)
    assert html.status_code == 200, html.text
    rows = _rows(centre.bed, SACCTMGR, "-nP", "show", "associations", "where", f"user={user}",
                 "format=Account,Partition,QOS,DefaultQOS")  # fmt: skip
    told = {
        (p["account"], p["partition"], ",".join(p["qos"]), p["default_qos"])
        for p in mine["projects"]
    }
    assert told == {tuple(row) for row in rows}
    _as_sshare(centre.bed, user, mine["projects"])
    _as_drawn(html.text, mine["projects"])
    others = set().union(*PEOPLE.values()) - PEOPLE[user]
    assert not [name for name in others if name in html.text or name in json.dumps(mine)]


def _as_sshare(bed: SlurmBed, user: str, projects: list[dict[str, Any]]) -> None:
    columns = "--format=Account,User,Partition,GrpTRESRaw"
    shares = _rows(bed, "/usr/bin/sshare", "-hPm", f"--users={user}", columns)
    used = {tuple(row[:3]): _hours(row[3]) for row in shares}
    for project in projects:
        account, partition = project["account"], project["partition"]
        for tres, hours in used[account, "", ""].items():
            assert project["used"].get(tres, 0) == pytest.approx(hours, abs=HOURS)
        for tres, hours in used[account, user, partition].items():
            assert project["own"].get(tres, 0) == pytest.approx(hours, abs=HOURS)
        limits = {one["tres"]: one["limit"] for one in project["budgets"]}
        assert limits == ({"cpu": 100, "gres/gpu": 1} if account == "mh0010" else {})


def _as_drawn(html: str, projects: list[dict[str, Any]]) -> None:
    tables = parse(html).all("table")
    shown = " ".join(tables[0].text.split())
    for project in projects:
        assert project["account"] in shown
        assert all(qos in shown for qos in project["qos"])
        for one in project["budgets"]:
            used, limit = number(one["used"], 1), number(one["limit"], 1)
            assert f"{used} of {limit} " in shown
    features = " ".join(tables[-1].text.split())
    assert "compute" in features
    assert "64G" in features


def test_a_full_home_is_told_and_nothing_is_submitted(
    centre: Centre, page: str, alice: Visitor
) -> None:
    words = "Your home directory (/home/alice) is full: nothing more fits in."
    until(lambda: words in alice.get("/hub/spawn").text, "the word of the full home")
    refused = alice.submit_form("preset", {"profile": "shared-1", "account": "bm0146"})
    assert refused.status_code == 400
    assert words in refused.text
    assert centre.bed.squeue("alice") == []
    assert "Full: 2 MB of 2 MB" in " ".join(parse(alice.get(page).text).all("main")[0].text.split())


@contextmanager
def _away(home: Path) -> Iterator[None]:
    """Let a home directory not be there yet."""
    elsewhere = home.with_name(f"{home.name}.away")
    home.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(home)


def test_who_has_neither_home_nor_project_is_told_so(
    centre: Centre, page: str, unix_users: dict[str, str]
) -> None:
    with _away(Path("/home/dave")), logged_in(centre, "dave", unix_users) as dave:
        words = (
            "Your home directory /home/dave does not exist yet."
            " Log in once by SSH to login.example.org, then try again."
        )
        until(lambda: words in dave.get("/hub/spawn").text, "the word of the missing home")
        assert words in dave.submit_form("preset", {"profile": "shared-1"}).text
        text = "You have no project yet"
        until(lambda: text in dave.get(page).text, text)
    assert centre.bed.squeue("dave") == []
