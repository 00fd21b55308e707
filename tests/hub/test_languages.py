"""A running hub says to each visitor what it says in the language that this visitor reads."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.hub.room import Room
from tests.support.hubs import Visitor

SAYS = {"de": "Benutzername oder Passwort ist falsch", "en": "Invalid username or password"}
WRONG = {"profile": "advanced", "partition": "local", "cores": "many"}
WHY = {
    "de": "„many“ ist keine ganze Zahl – schreiben Sie zum Beispiel 4.",
    "en": "&#34;many&#34; is no whole number — write for example 4.",
}


@pytest.fixture(scope="module")
def visitors(room: Room) -> Iterator[dict[str, Visitor]]:
    """Ben at two browsers, one for each language."""
    visitors = {language: room.visitor("ben") for language in SAYS}
    for language, visitor in visitors.items():
        visitor.session.headers["Accept-Language"] = f"fr, {language};q=0.9, *;q=0.1"
    yield visitors
    for visitor in visitors.values():
        visitor.close()


def spoken(page: requests.Response) -> str:
    found = re.search(r'<html lang="(\w+)"', page.text)
    assert found, page.text[:200]
    return found[1]


def test_two_visitors_at_a_time_read_two_languages(visitors: dict[str, Visitor]) -> None:
    def walk(language: str) -> list[str]:
        pages = ["/hub/home", "/hub/spawn/ben", "/hub/token", "/hub/no-such-page"] * 5
        return [spoken(visitors[language].get(page)) for page in pages]

    with ThreadPoolExecutor(2) as threads:
        found = dict(zip(visitors, threads.map(walk, visitors), strict=True))
    assert found == {language: [language] * 20 for language in visitors}


@pytest.mark.parametrize("language", SAYS)
def test_what_is_wrong_is_said_in_the_visitors_language(
    visitors: dict[str, Visitor], language: str
) -> None:
    page = visitors[language].post("/hub/spawn/ben", WRONG)
    assert WHY[language] in page.content.decode()


@pytest.mark.parametrize("language", SAYS)
def test_a_refused_login_is_told_in_the_visitors_language(room: Room, language: str) -> None:
    visitor = Visitor(room.hub.url, "ben")
    visitor.session.headers["Accept-Language"] = language
    page = visitor.login("wrong")
    visitor.close()
    assert spoken(page) == language
    assert SAYS[language] in page.text


def test_a_language_chosen_by_hand_is_kept(visitors: dict[str, Visitor]) -> None:
    visitor = visitors["de"]
    page = visitor.get("/hub/berth/language/en?next=/hub/home")
    assert page.url.endswith("/hub/home")
    assert [spoken(page), spoken(visitor.get("/hub/token"))] == ["en", "en"]
    assert spoken(visitor.get("/hub/berth/language/de?next=/hub/home")) == "de"


def test_programs_and_logs_are_told_in_english(room: Room, visitors: dict[str, Visitor]) -> None:
    body, german = {"user_options": WRONG}, {"Accept-Language": "de"}
    answer = visitors["de"].api("POST", "/users/ben/server", body, headers=german)
    assert '"many" is no whole number' in answer.json()["message"]
    assert 'Refused: "many" is no whole number' in room.hub.log()
    assert "keine ganze Zahl" not in room.hub.log()
