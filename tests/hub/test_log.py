"""The hub's log: every line about a server can be found by user, server and job."""

import re

from tests.hub.room import Room
from tests.support.hubs import Visitor, until


def lines_of(room: Room, seen: int) -> list[str]:
    return room.hub.log()[seen:].splitlines()


def test_a_server_from_start_to_stop(room: Room, ben: Visitor) -> None:
    seen = len(room.hub.log())
    assert ben.submit_form("log", {"profile": "small"}).status_code == 302
    ben.wait_ready("log")
    ben.stop("log")
    ben.wait_stopped("log")
    about = [line for line in lines_of(room, seen) if "[ben/log job " in line]
    assert [line for line in about if "Submitted" in line]
    assert [line for line in about if re.search(r"Listens on \S+:\d+ \[ben/log job \d+\]$", line)]


def test_a_refusal_by_rest_is_one_line(room: Room, ben: Visitor) -> None:
    seen = len(room.hub.log())
    assert ben.start("refused", {"profile": "nope"}).status_code == 400
    check_refusal(room, seen)


def test_a_refusal_on_the_form_is_one_line(room: Room, ben: Visitor) -> None:
    seen = len(room.hub.log())
    assert ben.submit_form("refused", {"profile": "nope"}).status_code == 400
    check_refusal(room, seen)


def check_refusal(room: Room, seen: int) -> None:
    """Fail unless the log has one line, of level INFO, besides the access log's."""
    answered = re.compile(r"\] 400 POST /hub/")
    until(lambda: answered.search(room.hub.log()[seen:]), "the line about the request")
    lines = lines_of(room, seen)
    [refusal] = [line for line in lines if "Refused: " in line]
    assert refusal.startswith("[I ")
    assert refusal.endswith("[ben/refused]")
    assert not [line for line in lines if "Traceback" in line or line.startswith("[E ")]
    others = [line for line in lines if "nope" in line and line != refusal]
    assert others == []
    assert len([line for line in lines if answered.search(line)]) == 1
