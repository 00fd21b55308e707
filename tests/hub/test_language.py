"""The language of a visitor, and what the hub's answers let a page load."""

import re
from collections.abc import Iterator

import pytest
import requests

from tests.hub.room import Room
from tests.support.hubs import Visitor


@pytest.fixture
def stranger(room: Room) -> Iterator[Visitor]:
    """Somebody who has not logged in."""
    visitor = Visitor(room.hub.url, "nobody")
    yield visitor
    visitor.close()


def choose(visitor: Visitor, language: str, after: str = "") -> requests.Response:
    path = f"/hub/berth/language/{language}"
    return visitor.get(path, params={"next": after}, allow_redirects=False)


def lang(answer: requests.Response) -> str:
    found = re.search(r'<html lang="(\w+)">', answer.text)
    assert found
    return found[1]


# --- choosing


def test_a_choice_is_kept_for_all_pages_until_the_next(stranger: Visitor) -> None:
    for language, word in (("de", "Anmelden"), ("en", "Sign in")):
        assert choose(stranger, language, "/hub/login").status_code == 302
        page = stranger.get("/hub/login", headers={"Accept-Language": "en, de"})
        assert lang(page) == language
        assert word in page.text


def test_without_a_choice_the_browser_is_asked(stranger: Visitor) -> None:
    page = stranger.get("/hub/login", headers={"Accept-Language": "fr, de-AT;q=0.9, en;q=0.1"})
    assert lang(page) == "de"
    assert "Accept-Language" in page.headers["Vary"]


def test_a_refused_login_speaks_german(stranger: Visitor) -> None:
    choose(stranger, "de", "/hub/login")
    answer = stranger.login("wrong")
    assert "Benutzername oder Passwort" in answer.text
    assert "Invalid" not in answer.text


def test_the_cookie_is_of_the_hub_alone_and_no_script_reads_it(stranger: Visitor) -> None:
    cookie = choose(stranger, "de", "/hub/login").headers["Set-Cookie"]
    assert cookie.startswith("berth-language=de;")
    for attribute in ("HttpOnly", "Path=/", "SameSite=Lax", "expires="):
        assert attribute.lower() in cookie.lower()


def test_a_visitor_is_led_back_with_the_whole_address(stranger: Visitor) -> None:
    back = "/hub/login?next=%2Fhub%2Fspawn%3Fcores%3D2"
    assert choose(stranger, "de", back).headers["Location"] == back


@pytest.mark.parametrize(
    "after",
    ["https://example.org/", "//example.org/", "/\\example.org", "\\\\example.org",
     "http:example.org", "javascript:alert(1)", "///example.org/", "/hub/../..//example.org",
     "", "\t//example.org/"],
)  # fmt: skip
def test_next_leads_nowhere_else(stranger: Visitor, after: str) -> None:
    answer = choose(stranger, "de", after)
    assert answer.status_code == 302
    assert re.match(r"/(?![/\\])", answer.headers["Location"].strip())


def test_what_the_hub_refuses_is_said_in_the_language_of_the_page(room: Room) -> None:
    ann = room.visitor("ann")
    choose(ann, "de", "/hub/home")
    answer = ann.get("/hub/berth/logs/ann/never")
    assert answer.status_code == 404
    assert "Von diesem Server ist kein Job bekannt." in answer.text
    ann.close()


@pytest.mark.parametrize("language", ["fr", "deu", "xx"])
def test_a_language_that_nobody_speaks_is_not_found(stranger: Visitor, language: str) -> None:
    answer = choose(stranger, language)
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers or "language" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("language", ["fr", "", '"><script>', "de; path=/"])
def test_a_cookie_of_somebody_else_changes_nothing(stranger: Visitor, language: str) -> None:
    page = stranger.get("/hub/login", headers={"Cookie": f"berth-language={language}"})
    assert lang(page) in ("en", "de")
    assert page.status_code == 200


# --- what a page may load

PAGES = ("/hub/login", "/hub/home", "/hub/spawn/ann", "/hub/token", "/hub/admin", "/hub/nowhere",
         "/hub/spawn-pending/ann", "/hub/error/503")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_script_of_a_page_has_its_number_and_no_other_runs(ann: Visitor, path: str) -> None:
    page = ann.get(path)
    policy = page.headers["Content-Security-Policy"]
    found = re.search(r"script-src 'self' 'nonce-([\w-]{20,})'", policy)
    assert found, policy
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    scripts = re.findall(r"<script\b[^>]*>", page.text)
    assert scripts
    assert all(f'nonce="{found[1]}"' in script for script in scripts)
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy


def test_the_number_is_new_each_time(ann: Visitor) -> None:
    policies = {ann.get("/hub/home").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


# --- errors


@pytest.mark.parametrize(("path", "status"), [("/hub/nowhere", 404), ("/hub/error/503", 200)])
def test_an_error_page_leads_home(ben: Visitor, path: str, status: int) -> None:
    page = ben.get(path)
    assert page.status_code == status
    assert 'href="/hub/home"' in page.text
