"""What all services have in common, at the running ones: addresses, headers, words, visitors."""

import re
import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.hubs import PATIENCE, Visitor, until
from tests.support.services import APPS, Served

SHARE = ("Referrer-Policy", "X-Content-Type-Options", "Content-Security-Policy")
API = {"announcements": "api/v1/published", "accounts": "api/v1/mine", "usage": "api/v1/summary"}


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_it_is_below_its_prefix_alone(served: Served, cat: Visitor, app: str) -> None:
    bare = requests.get(served.url(app)[:-1], allow_redirects=False, timeout=60)
    assert (bare.status_code, bare.headers["Location"]) == (302, f"/services/{app}/")
    past = f"http://127.0.0.1:{served.ports[app]}/"
    assert requests.get(past, timeout=60).status_code == 404


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("path", "method", "status"), [("nowhere", "GET", 404), ("", "PUT", 405)])
def test_an_error_is_a_page_in_the_visitors_language(
    served: Served, cat: Visitor, app: str, path: str, method: str, status: int, language: str
) -> None:
    words = {
        (404, "en"): "There is nothing at this address.",
        (404, "de"): "Unter dieser Adresse gibt es nichts.",
        (405, "en"): "This address cannot be asked in that way.",
        (405, "de"): "Diese Adresse lässt sich so nicht abfragen.",
    }
    answer = served.ask(cat.token(), app, path, method, headers={"Accept-Language": language})
    assert answer.status_code == status
    assert words[status, language] in answer.text
    assert f'<html lang="{language}"' in answer.text


def test_an_error_is_json_for_programs(served: Served, cat: Visitor, app: str) -> None:
    nothing = served.ask(cat.token(), app, "api/v1/nowhere")
    assert nothing.status_code == 404
    assert nothing.json() == {"status": 404, "message": "There is nothing at this address."}
    anonymous = served.ask("", app, API[app])
    assert anonymous.json() == {"status": 403, "message": "Please log in first."}


def test_head_is_get_without_a_body(served: Served, cat: Visitor, app: str) -> None:
    for path in ("", API[app], "logo", "static/berth/berth.css", "nowhere"):
        get = served.ask(cat.token(), app, path)
        head = served.ask(cat.token(), app, path, "HEAD")
        assert head.status_code == get.status_code, path
        assert head.headers["Content-Type"] == get.headers["Content-Type"]
        assert head.content == b""


def test_what_every_answer_says_to_browsers(served: Served, cat: Visitor, app: str) -> None:
    for path in ("", API[app], "logo", "static/berth/berth.css", "nowhere", "language/de"):
        answer = served.ask(cat.token(), app, path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] == "same-origin", path
        rules = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in rules
        assert "form-action 'self'" in rules
    page = served.ask(cat.token(), app)
    assert re.search(r"script-src 'self' 'nonce-[^']{16,}'", page.headers[SHARE[2]])
    assert "no-store" in page.headers["Cache-Control"]
    numbers = {
        re.findall(r"'nonce-([^']+)'", served.ask(cat.token(), app).headers[SHARE[2]])[0]
        for _ in range(3)
    }
    assert len(numbers) == 3


def test_a_language_is_chosen_for_the_hub_too(served: Served, app: str) -> None:
    session = requests.Session()
    answer = session.get(
        served.url(app, "language/de"), params={"next": f"/services/{app}/nowhere"}, timeout=60
    )
    assert urlsplit(answer.url).path == f"/services/{app}/nowhere"
    assert "Unter dieser Adresse" in answer.text
    assert '<html lang="de"' in session.get(f"{served.hub.url}/hub/login", timeout=60).text
    session.get(f"{served.hub.url}/hub/berth/language/en", timeout=60)
    assert '<html lang="en"' in session.get(answer.url, timeout=60).text


@pytest.mark.parametrize(
    "then",
    [
        "https://elsewhere.test/",
        "//elsewhere.test/",
        "/hub/logout",
        "/services/usage/\\elsewhere.test",
        "/services/usage/\nX: y",
    ],
)
def test_a_language_leads_nowhere_else(served: Served, then: str) -> None:
    answer = requests.get(
        served.url("usage", "language/de"), params={"next": then}, allow_redirects=False, timeout=60
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/services/usage/")


def test_leaving_the_hub_is_leaving_the_services(served: Served, app: str) -> None:
    visitor = served.hub.visitor("ben", "ben-secret-word")
    assert visitor.session.get(served.url(app)).status_code == 200
    visitor.get("/hub/logout")

    def out() -> bool:
        answer = visitor.session.get(served.url(app), allow_redirects=False)
        return "/oauth2/authorize" in answer.headers.get("Location", "")

    until(out, "the end of the session")
    visitor.close()


def test_a_wrong_token_is_wrong_whoever_the_cookie_belongs_to(served: Served, cat: Visitor) -> None:
    url, wrong = served.url("accounts"), {"Authorization": "token invented"}
    assert cat.session.get(url).status_code == 200
    assert cat.session.get(url, headers=wrong).status_code == 403


def test_a_body_that_is_too_large_is_refused(served: Served, app: str) -> None:
    """And that before it has been sent: who does send it is cut off."""
    with socket.create_connection(("127.0.0.1", served.ports[app]), PATIENCE) as connection:
        head = f"POST /services/{app}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).split(b"\r\n")[0] in (b"", b"HTTP/1.1 400 Bad Request")
    assert served.ask("", app, "logo").status_code == 200


def test_the_menu_names_them_on_every_page(served: Served, cat: Visitor) -> None:
    speaks = {"Accept-Language": "de"}
    pages = [cat.session.get(f"{served.hub.url}/hub/home", headers=speaks)]
    pages += [cat.session.get(served.url(app), headers=speaks) for app in APPS]
    for page in pages:
        entries = re.findall(r'dropdown-item" href="([^"]+)">\s*([^<]+?)\s*<', page.text)
        assert entries == [
            ("/services/announcements/", "Mitteilungen"),
            ("/services/accounts/", "Accounts"),
            ("/services/usage/", "Nutzung"),
        ]
