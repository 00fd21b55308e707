"""The real process follows a hub that is away, refuses and talks nonsense, and is killed itself."""

import signal
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

from hub_config.model.usage import Usage
from services.usage.figures import MOST_PEOPLE
from services.usage.follow import Follower
from services.usage.store import Store
from tests.services.usage.standin import OWN, Process, beside
from tests.services.usage.story import DAY, Story, counted, story
from tests.support.hubs import until

FIRST = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


def has_counted(service: Process, starts: int) -> bool:
    return bool(service.summary(year="2026")["starts"] == starts)


def has_asked(service: Process, times: int) -> bool:
    return len(service.hub.asked) >= times


def test_each_event_counts_once_however_often_the_service_is_killed(service: Process) -> None:
    told = story(4000, FIRST, 45)
    service.hub.events = told.events
    for pages in (2, 5, 8):  # killed while it takes one page of events or another
        service.launch()
        until(partial(has_asked, service, pages), "another question of the service")
        service.end(signal.SIGKILL)
    service.start()
    until(partial(has_counted, service, len(told.servers)), "all starts counted")
    found = service.summary("ann", year="2026")
    for by in ("application", "partition", "profile"):
        lines = {o["name"]: (o["starts"], o["ready"], o["failed"]) for o in found[f"{by}s"]}
        assert lines == counted(told.servers.values(), by)
    assert len(found["users"]) == MOST_PEOPLE
    assert service.end() == 0
    after = [question[0] for question in service.hub.asked]
    assert after == sorted(after)
    assert {limit for _, limit in service.hub.asked} == {1000}


def test_it_keeps_what_it_has_while_the_hub_is_away_and_says_so(service: Process) -> None:
    told = story(30, FIRST, 5)
    service.hub.events = told.events
    service.start()
    until(partial(has_counted, service, 30), "all starts counted")
    as_of = datetime.fromisoformat(service.summary(year="2026")["as_of"])
    assert abs(as_of.timestamp() - time.time()) < DAY
    service.hub.status = 503
    until(lambda: "Nothing new can be counted" in service.log(), "a word in the log")
    found = service.summary(year="2026")
    assert found["starts"] == 30
    assert datetime.fromisoformat(found["as_of"]) >= as_of
    service.hub.status = 200
    told.request(99, FIRST)
    until(partial(has_counted, service, 31), "what came after that")
    until(lambda: "What is new is counted again" in service.log(), "a word in the log")
    assert service.log().count("Nothing new can be counted") == 1


def test_the_page_says_since_when_the_hub_has_told_nothing(service: Process) -> None:
    service.hub.status = 503
    service.start()
    assert "Nothing has been counted yet." in service.ask("").text
    service.end()
    told = Story()
    told.request(1, FIRST)
    service.take(told.events, at=FIRST + 60)
    service.start()
    page = service.ask("?year=2026").text
    assert "The hub has told nothing since Mar 1, 2026, 12:01:00" in page.replace("\u202f", " ")
    assert service.summary(year="2026")["starts"] == 1


NONSENSE = [[], "no", {}, {"events": [], "last": "x"}, {"events": [1], "last": 3}, {"last": 7}]


@pytest.mark.parametrize("answer", NONSENSE, ids=str)
async def test_nonsense_is_not_taken_for_an_answer(
    service: Process, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_URL", service.hub.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", OWN)
    store = Store(make_url(f"sqlite:///{service.database}"))
    follower = Follower(store, keep=DAY)
    service.hub.answer = answer
    with pytest.raises(ValidationError):
        await follower.step()
    assert (store.read().last, follower.heard) == (0, 0.0)
    service.hub.answer = None
    service.hub.events = story(3, FIRST, 1).events
    assert not await follower.step()
    assert store.read().last == len(service.hub.events)
    assert follower.heard > FIRST
    store.close()


def test_the_process_survives_nonsense(service: Process) -> None:
    service.hub.answer = NONSENSE[0]
    service.start()
    until(lambda: "Nothing new can be counted" in service.log(), "a word in the log")
    told = story(3, FIRST, 1)
    service.hub.events, service.hub.answer = told.events, None
    until(partial(has_counted, service, 3), "all starts counted")


def test_a_service_without_its_scope_says_so_and_serves_its_page(service: Process) -> None:
    service.hub.status = 403
    service.start()
    until(lambda: "The hub does not tell this to whoever asked" in service.log(), "a word")
    assert service.ask("").status_code == 200


def test_names_are_forgotten_at_the_start_when_it_is_time(tmp_path: Path) -> None:
    with beside(tmp_path, Usage()) as service:
        old, young = time.time() - 500 * DAY, time.time() - 10 * DAY
        told = Story()
        told.request(1, old, user="dorothea")
        told.request(2, young, user="emil")
        service.hub.events = told.events
        service.start()
        year = str(datetime.fromtimestamp(old, UTC).year)

        def forgotten() -> bool:
            return bool(service.summary("ann", year=year)["failures"])

        until(forgotten, "the first is forgotten")
        assert "dorothea" not in service.ask(f"?year={year}", "ann").text
        assert "emil" in service.ask(f"?year={datetime.fromtimestamp(young, UTC).year}", "ann").text


def test_admins_alone_see_what_is_for_admins(tmp_path: Path) -> None:
    with beside(tmp_path, Usage(visible="admins")) as service:
        service.start()
        for path in ("", "usage.csv", "api/v1/summary", "api/v1/weeks"):
            assert service.ask(path, "ann").status_code == 200
            for who in ("cat", "reports"):
                answer = service.ask(path, who)
                assert answer.status_code == 403
                assert "Only admins see the statistics of this site." in answer.text


def test_a_database_that_does_not_answer_is_said_in_words(service: Process) -> None:
    service.hub.events = story(3, FIRST, 1).events
    service.start()
    until(partial(has_counted, service, 3), "all starts counted")
    service.break_database()
    answer = service.ask("")
    assert answer.status_code == 503
    assert "The database of the statistics does not answer." in answer.text
    assert "Traceback" not in answer.text
