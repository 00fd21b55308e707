"""The services without their hub, and the hub without its services."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import requests

from tests.services.units import APART, Unit, units
from tests.support.hubs import Visitor, until
from tests.support.services import APPS, Served

PAGES = ("/hub/home", "/hub/spawn", "/hub/token", "/hub/admin", "/hub/login")
AWAY = {
    "en": "The hub does not answer at the moment. Please try again in a minute.",
    "de": "Der Hub antwortet gerade nicht. Bitte versuchen Sie es in einer Minute wieder.",
}
DOWN = "This service is not running at the moment. Your servers are not affected."
"""In English: the proxy asks for the page without saying what its visitor speaks."""


class Apart:
    """A hub that runs, and services that a test starts and ends."""

    def __init__(self, served: Served, services: dict[str, Unit]) -> None:
        self.served, self.services = served, services


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Services that were there before their hub was."""
    served = Served(APART)
    with ExitStack() as stack:
        stack.callback(served.close)
        services = units(served, stack)
        assert {unit.process.poll() for unit in services.values() if unit.process} == {None}
        served.start()
        yield Apart(served, services)


def _page(answer: requests.Response) -> str:
    text = re.sub(r"<(script|style).*?</\1>", " ", answer.text.partition("<body")[2], flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.fixture(scope="module")
def cat(apart: Apart) -> Visitor:
    """Cat, who has been at every service."""
    cat = apart.served.visitor("cat")
    for app in APPS:
        assert cat.session.get(apart.served.url(app)).status_code == 200, app
    return cat


@pytest.mark.parametrize("language", AWAY)
def test_hub_away(apart: Apart, cat: Visitor, language: str) -> None:
    """Whoever was logged in, and whoever was not, is told so on a page that looks right."""
    served, speaks = apart.served, {"Accept-Language": language}
    everybody: tuple[Any, ...] = (cat.session, requests)
    token = cat.token()
    served.hub.stop()
    for app in APPS:
        for asks in everybody:
            until(partial(_answers, 503, asks, served.url(app)), "a 503")  # not what it still knew
            answer = asks.get(served.url(app), headers=speaks, timeout=60)
            assert AWAY[language] in _page(answer)
            assert f'<html lang="{language}"' in answer.text
            files = re.findall(r'(?:src|href)="(/[^"]+\.(?:css|js)|/[^"]+/logo)"', answer.text)
            assert len(files) >= 5
            for file in files:
                assert requests.get(served.hub.url + file, timeout=60).status_code == 200, file
        answer = served.ask(token, app, _api(app))
        assert answer.status_code == 503, answer.text
        assert answer.json() == {"status": 503, "message": AWAY["en"]}
    served.hub.start()
    for app in APPS:
        until(partial(_answers, 200, cat.session, served.url(app)), f"{app} again")


def _api(app: str) -> str:
    return {"announcements": "api/v1/published", "accounts": "api/v1/mine",
            "usage": "api/v1/summary"}[app]  # fmt: skip


def _answers(status: int, asks: Any, url: str) -> bool:
    return bool(asks.get(url, timeout=60).status_code == status)


def test_service_down(apart: Apart, cat: Visitor) -> None:
    served = apart.served
    ann = served.visitor("ann")
    for unit in apart.services.values():
        assert unit.stop() == 0
    for app in APPS:
        answer = cat.session.get(served.url(app))
        assert answer.status_code == 503
        assert DOWN in _page(answer)
    for path in PAGES:
        answer = ann.get(path)
        assert answer.status_code == 200, path
    for unit in apart.services.values():
        unit.start()
        assert cat.session.get(served.url(unit.app)).status_code == 200


def test_a_hub_starts_without_them(apart: Apart) -> None:
    """Its first answer and its routes do not wait for anybody."""
    served = apart.served
    for unit in apart.services.values():
        unit.stop()
    served.hub.stop()
    before = len(served.hub.log())
    served.hub.start()
    log = until(lambda: served.hub.log()[before:], "a log")
    until(lambda: "JupyterHub is now running" in served.hub.log()[before:], "its start")
    assert "Cannot connect to external service" not in log
    for app in APPS:
        assert served.visitor("cat").session.get(served.url(app)).status_code == 503
    for unit in apart.services.values():
        unit.start()


def test_no_log_has_a_token_in_it(apart: Apart, cat: Visitor) -> None:
    for unit in apart.services.values():
        text = unit.log.read_text()
        assert "Traceback" not in text
        assert "Listening at 127.0.0.1" in text
        assert not [token for token in apart.served.tokens.values() if token in text]
        assert cat.token() not in text
        assert not re.search(r"[?&](code|state|token)=", text)
