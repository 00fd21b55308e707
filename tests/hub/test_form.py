"""What an open form asks a running hub: how full the cluster is, and when a server would start."""

import re
from collections.abc import Iterator

import pytest
import requests

from tests.hub.room import Room
from tests.support.hubs import Visitor, until

BOARD, PARTITIONS = "/hub/berth/cluster", "/hub/berth/partitions"


@pytest.fixture(autouse=True)
def known(ben: Visitor) -> None:
    """The hub has asked the scheduler: a first page does not wait for it for long."""
    until(lambda: ben.get(BOARD).json()["age"], "the facts of the cluster")


@pytest.fixture
def nothing_starts(room: Room, ben: Visitor) -> Iterator[None]:
    jobs = room.submitted
    yield
    assert room.submitted == jobs
    assert ben.servers() == {}


def estimate(visitor: Visitor, user: str = "ben", **options: str) -> requests.Response:
    query = {f"opt-{name}": text for name, text in options.items()}
    return visitor.get(f"/hub/berth/estimate/{user}", params=query, allow_redirects=False)


def test_the_form_shows_how_full_the_cluster_is(ben: Visitor) -> None:
    page = ben.get("/hub/spawn/ben/form").text
    assert re.search(r"As of \d\d:\d\d\.", page)
    assert re.search(r'data-partition="local">.*?<td class="berth-live">[01]/1</td>', page, re.S)
    assert 'data-partition="ocean"' not in page


def test_the_board_is_the_same_for_everybody(ann: Visitor, ben: Visitor) -> None:
    first = ben.get(BOARD)
    assert first.status_code == 200
    assert set(first.json()) == {"age", "rows", "hints"}
    assert re.fullmatch(r"[01]/1", first.json()["rows"]["local"][1])
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert ann.get(BOARD).json()["rows"].keys() == first.json()["rows"].keys()
    german = ben.get(BOARD, headers={"Accept-Language": "de"}).json()
    assert german["age"].startswith("Stand: ")


def test_a_browser_that_has_the_answer_gets_no_other(ben: Visitor) -> None:
    answers = [ben.get(BOARD)]
    for _ in range(3):  # a minute may end between two of them
        known = {"If-None-Match": answers[-1].headers["ETag"]}
        answers.append(ben.get(BOARD, headers=known))
        if answers[-1].status_code == 304:
            break
    assert (answers[-1].status_code, answers[-1].content) == (304, b"")


@pytest.mark.usefixtures("nothing_starts")
def test_an_estimate_starts_nothing(ben: Visitor) -> None:
    answer = estimate(ben, profile="small")
    assert answer.status_code == 200
    assert answer.json()["text"] in ("", "Would start now.")
    refused = estimate(ben, profile="advanced", partition="elsewhere", cores="2", memory="1")
    assert refused.json()["text"].startswith("The scheduler would refuse this: ")


@pytest.mark.usefixtures("nothing_starts")
def test_of_wrong_options_nothing_is_told(ben: Visitor) -> None:
    for options in ({}, {"profile": "gone"}, {"profile": "ocean-only"}, {"profile": "advanced"},
                    {"profile": "small", "cores": "4"}):  # fmt: skip
        assert estimate(ben, **options).json() == {"text": ""}


@pytest.mark.usefixtures("nothing_starts")
def test_only_whoever_may_start_servers_of_somebody_is_told(ann: Visitor, ben: Visitor) -> None:
    assert estimate(ben, "ann", profile="small").status_code == 404
    assert estimate(ann, "ben", profile="small").status_code == 200
    assert estimate(ann, "nobody", profile="small").status_code == 404


@pytest.mark.parametrize("path", [BOARD, PARTITIONS, "/hub/berth/estimate/ben"])
def test_a_stranger_is_sent_to_the_login(room: Room, path: str) -> None:
    answer = requests.get(room.hub.url + path, allow_redirects=False, timeout=60)
    assert (answer.status_code, "/hub/login" in answer.headers["Location"]) == (302, True)


def test_the_page_of_all_partitions_has_those_that_one_may_choose(ben: Visitor) -> None:
    page = ben.get(PARTITIONS)
    assert page.status_code == 200
    assert re.findall(r'data-partition="([^"]+)"', page.text) == ["local", "elsewhere"]


def test_the_form_of_a_visitor_who_reads_german(ben: Visitor) -> None:
    page = ben.get("/hub/spawn/ben/form", headers={"Accept-Language": "de"}).content.decode()
    assert "Vorlage wählen" in page
    assert "Gesperrt: braucht die Gruppe ocean" in page
