"""What nginx does with what comes from outside."""

import json
import ssl
import subprocess
from contextlib import closing
from http.client import HTTPSConnection

import pytest
import requests

from tests.edge.front import HOST, Front
from tests.edge.site import Edge


def test_http_leads_to_the_same_page_over_https(edge: Edge) -> None:
    plain = f"http://{HOST}:{edge.front.http_port}/hub/spawn?profile=small"
    answer = requests.get(plain, allow_redirects=False, timeout=60)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{edge.front.url}/hub/spawn?profile=small"


def test_the_login_page_comes_with_what_keeps_browsers_careful(
    edge: Edge, browser_like: requests.Session
) -> None:
    answer = browser_like.get(f"{edge.front.url}/hub/login", timeout=60)
    assert answer.status_code == 200
    assert "Sign in" in answer.text
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Server"] == "nginx"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert all(cookie.secure for cookie in browser_like.cookies)


@pytest.mark.parametrize(
    ("version", "spoken"),
    [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)],
)
def test_only_tls_of_today_is_spoken(edge: Edge, version: str, spoken: bool) -> None:
    done = handshake(edge.front, HOST, version, "-cipher", "DEFAULT:@SECLEVEL=0")
    assert (done.returncode == 0) is spoken
    assert spoken or "protocol version" in done.stderr


def test_another_name_gets_no_certificate(edge: Edge) -> None:
    done = handshake(edge.front, "other.example.test")
    assert done.returncode != 0
    assert "unrecognized name" in done.stderr
    assert "BEGIN CERTIFICATE" not in done.stdout


def test_another_host_gets_no_page(edge: Edge, browser_like: requests.Session) -> None:
    other = {"Host": "other.example.test"}
    answer = browser_like.get(f"{edge.front.url}/hub/login", headers=other, timeout=60)
    assert answer.status_code == 421
    plain = f"http://{HOST}:{edge.front.http_port}/"
    assert requests.get(plain, headers=other, timeout=60).status_code == 421


def test_what_a_client_says_of_its_address_is_not_believed(
    edge: Edge, browser_like: requests.Session
) -> None:
    claims = dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "Forwarded"), "6.6.6.6")
    claims |= {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example.org"}
    answer = browser_like.get(f"{edge.front.url}/services/echo/headers", headers=claims, timeout=60)
    assert "6.6.6.6" not in answer.text
    assert "evil" not in answer.text
    assert answer.json()["X-Real-Ip"] == "127.0.0.1"
    browser_like.get(f"{edge.front.url}/hub/login?claimed", headers=claims, timeout=60)
    line = next(line for line in edge.hub.log().splitlines() if "claimed" in line)
    assert "@127.0.0.1" in line


def test_too_many_logins_get_a_page_and_nothing_else_is_limited(
    edge: Edge, browser_like: requests.Session
) -> None:
    url = f"{edge.front.url}/hub/login"
    answers = [browser_like.post(url, data={"username": "ann"}, timeout=60)]
    assert answers[0].status_code == 403
    while answers[-1].status_code != 429:  # two a second are let through, and sixty more
        assert len(answers) < 1000
        answers.append(browser_like.post(url, data={"username": "ann"}, timeout=60))
    assert "Too many logins" in answers[-1].text
    assert browser_like.get(url, timeout=60).status_code == 200
    api = f"{edge.front.url}/hub/api/"
    assert {browser_like.post(api, timeout=60).status_code for _ in range(90)}.isdisjoint({429})


def test_a_stream_arrives_while_it_is_written(edge: Edge, browser_like: requests.Session) -> None:
    url = f"{edge.front.url}/services/echo/stream"
    with browser_like.get(url, stream=True, timeout=60) as answer:
        lines = answer.iter_lines()
        assert next(lines) == b"data: first"
        requests.post(url, verify=str(edge.front.ca), timeout=60)
        assert b"data: second" in list(lines)


def test_what_is_too_large_is_refused_before_it_is_sent(edge: Edge) -> None:
    trust = ssl.create_default_context(cafile=str(edge.front.ca))
    with closing(HTTPSConnection(HOST, edge.front.port, context=trust, timeout=60)) as connection:
        connection.putrequest("PUT", "/services/echo/headers")
        connection.putheader("Content-Length", "600000000")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert b"This file is too large" in answer.read()


def test_the_log_has_no_arguments(edge: Edge, browser_like: requests.Session) -> None:
    browser_like.get(f"{edge.front.url}/hub/login?token=hidden-word", timeout=60)
    log = (edge.front.folder / "access.log").read_text()
    assert '"GET /hub/login" 200' in log
    assert "hidden-word" not in log


def test_a_service_is_told_what_its_scopes_allow(
    edge: Edge, browser_like: requests.Session
) -> None:
    url = f"{edge.front.url}/services/echo/hub"
    answers = {
        path: json.loads(browser_like.get(url, params={"path": path}, timeout=60).text)["status"]
        for path in ("metrics", "users", "services")
    }
    assert answers == {"metrics": 200, "users": 403, "services": 403}


def handshake(front: Front, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Return what ``openssl s_client`` says."""
    return subprocess.run(
        ["/usr/bin/openssl", "s_client", "-connect", f"127.0.0.1:{front.port}", "-servername", name,
         *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
