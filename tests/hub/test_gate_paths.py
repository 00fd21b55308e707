"""The gate on every path of a running hub: form, REST, stored options, links.

Which value is refused is test_gate.py's; here it is that no path goes around the gate: each
refused start is answered 4xx, and neither a job nor any other process comes of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests

from hub_config import form
from hub_config.model.resolve import BadAnswers
from hub_config.runtime import Runtime
from tests.hub.payloads import FIELDS, PAYLOADS, TEXTS, pairs, short
from tests.hub.room import Room
from tests.support.hubs import Visitor

Start = Callable[[Visitor, Mapping[str, Any]], requests.Response]

BASES: tuple[Mapping[str, str], ...] = (
    {"profile": "small"},
    {"profile": "advanced", "partition": "local", "cores": "1"},
)
CROSS_SITE = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-User": "?1",
    "Referer": "https://elsewhere.example.org/",
}


@pytest.fixture
def nothing_starts(room: Room, ben: Visitor) -> Iterator[None]:
    """Fail if the test made a job, a server, or a process of the hub but calls of the agent."""
    for start in (by_rest, by_rest_of_a_named_server):  # what a bare POST would start again
        assert start(ben, {"profile": "nope"}).status_code == 400
    ben.get("/hub/spawn")  # a page as a browser has it, with its _xsrf
    jobs, faults, tokens = room.submitted, room.faults(), ben.tokens()
    yield
    assert room.submitted == jobs
    assert ben.servers() == {}
    assert room.strangers() == []
    assert room.faults() == faults
    assert ben.tokens() == tokens, "a refused start leaves no token behind"


# --- the paths


def by_form(visitor: Visitor, answers: Mapping[str, Any]) -> requests.Response:
    return visitor.post("/hub/spawn", answers, allow_redirects=False)


def by_form_of_a_named_server(visitor: Visitor, answers: Mapping[str, Any]) -> requests.Response:
    path = f"/hub/spawn/{visitor.name}/preset"
    return visitor.post(path, answers, allow_redirects=False)


def by_rest(visitor: Visitor, answers: Mapping[str, Any]) -> requests.Response:
    return visitor.api("POST", f"/users/{visitor.name}/server", {"user_options": answers})


def by_rest_of_a_named_server(visitor: Visitor, answers: Mapping[str, Any]) -> requests.Response:
    return visitor.api("POST", f"/users/{visitor.name}/servers/preset", {"user_options": answers})


def by_the_body_of_old(visitor: Visitor, answers: Mapping[str, Any]) -> requests.Response:
    """Before JupyterHub 6 the whole body was the options; it is still taken."""
    return visitor.api("POST", f"/users/{visitor.name}/server", answers)


def by_stored_options(visitor: Visitor, answers: Mapping[str, Any]) -> requests.Response:
    """PATCH stores options without a look at them; a bare POST then starts with them."""
    path = f"/users/{visitor.name}/servers/preset"
    visitor.api("PUT", path)
    stored = visitor.api("PATCH", path, {"user_options": answers})
    if stored.status_code != 200:
        return stored
    return visitor.api("POST", path)


def by_options_of_the_last_try(visitor: Visitor, answers: Mapping[str, Any]) -> requests.Response:
    """A refused start leaves its options behind; a bare POST starts with them."""
    by_rest(visitor, answers)
    return visitor.api("POST", f"/users/{visitor.name}/server")


FORMS: Mapping[str, Start] = {"form": by_form, "named-form": by_form_of_a_named_server}
RESTS: Mapping[str, Start] = {
    "rest": by_rest,
    "named-rest": by_rest_of_a_named_server,
    "old-body": by_the_body_of_old,
    "stored": by_stored_options,
    "last-try": by_options_of_the_last_try,
}
PATHS = {**FORMS, **RESTS}
STEPS = {name: step for step, name in enumerate(PATHS, 1)}
VALUES = {path: TEXTS if path in FORMS else PAYLOADS for path in PATHS}
SHARE = {"form": 2, "named-form": 6, "rest": 2, "named-rest": 5, "old-body": 5, "stored": 6,
         "last-try": 8}  # fmt: skip
"""Every how many-th value a path is tried with: all values are tried at test_gate.py."""


async def refused(room: Room, path: str) -> list[dict[str, Any]]:
    """Return answers with one hostile value each, as far as ben's gate refuses them.

    The others would start a server: values that are a choice ("elsewhere", "1h", "v1.5").
    """
    runtime = Runtime.from_file(room.folder / "site.yml")
    await runtime.facts.nodes()
    found = []
    for index, (field, value) in enumerate(pairs(STEPS[path], VALUES[path])):
        answers = {**BASES[index % len(BASES)], field: value}
        arrived = form.read({k: [v] for k, v in answers.items()}) if path in FORMS else answers
        try:
            await runtime.resolve("ben", frozenset(), arrived)
        except BadAnswers:
            found.append(answers)
    return found[:: SHARE[path]]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.usefixtures("nothing_starts")
async def test_hostile_values_are_refused(room: Room, ben: Visitor, path: str) -> None:
    tried = await refused(room, path)
    assert len(tried) >= 40
    wrong = []
    for answers in tried:
        response = PATHS[path](ben, answers)
        if not 400 <= response.status_code < 500:
            wrong.append((response.status_code, {k: short(v) for k, v in answers.items()}))
    assert not wrong


@pytest.mark.parametrize("path", PATHS)
def test_what_is_bens_goes_through(room: Room, ben: Visitor, path: str) -> None:
    """On the same paths: so the refusals above are the gate's. The scheduler says no here."""
    submits = len(room.asked("submit"))
    response = PATHS[path](ben, {"profile": "refused"})
    assert response.status_code == 400
    assert "the only partition is local" in response.text
    assert len(room.asked("submit")) == submits + (2 if path == "last-try" else 1)


def test_the_paths_make_many_requests() -> None:
    requests_made = sum(
        (2 if path in ("stored", "last-try") else 1)
        * len(VALUES[path]) // SHARE[path] for path in PATHS
    )  # fmt: skip
    assert requests_made >= 600


# --- profiles that are none, or not for ben

NOT_FOR_BEN = {
    "unknown": {"profile": "nope"},
    "unknown-class": {"profile": "jupyterhub.spawner.LocalProcessSpawner"},
    "another-group's": {"profile": "climate-only"},
    "nobody's": {"profile": "ocean-only"},
    "another-group's-partition": {"profile": "advanced", "partition": "ocean"},
    "empty": {"profile": ""},
    "missing": {"cores": "1"},
    "none-at-all": {},
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.usefixtures("nothing_starts")
def test_a_profile_that_is_not_bens_is_refused(ben: Visitor, path: str) -> None:
    codes = {name: PATHS[path](ben, answers).status_code for name, answers in NOT_FOR_BEN.items()}
    assert not {name: code for name, code in codes.items() if not 400 <= code < 500}


# --- links

LINKS = (
    "?profile=small", "?opt-profile=small",
    "?opt-profile=small&opt-cores=1", "?next=/x&profile=small",
    "?profile=advanced&partition=local&cores=2", "?opt-profile=advanced&opt-cores=2", "?opt-x=1",
    "?utm_source=mail", "?cores=1", "?x", "?=", "?opt-=1", "?opt-", "?_xsrf=2|x", "?display_name=x",
    "?profile=small&profile=advanced", "?profile[]=small", "?profile=%F0%9F%92%A5", "?profile=%00",
    "?profile=%0A", "?profile=%3Cscript%3E", "?user_options=%7B%7D", "?server=preset", "?"
)  # fmt: skip
PLACES = ("/hub/spawn", "/hub/spawn/ben", "/hub/spawn/ben/preset", "/spawn")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.usefixtures("nothing_starts")
def test_a_link_shows_the_form_and_starts_nothing(ben: Visitor, place: str) -> None:
    for link in LINKS:
        for headers in (CROSS_SITE, {}):
            response = ben.get(place + link, headers=headers)
            assert response.status_code == 200, link
            assert 'id="preset-form"' in response.text, link


@pytest.mark.parametrize("place", PLACES[:3])
@pytest.mark.usefixtures("nothing_starts")
def test_what_is_no_text_is_refused(ben: Visitor, place: str) -> None:
    """Bytes that are no UTF-8, in a link or in a form."""
    for fields in ("profile=%FF", "profile=small&cores=%C3", "display_name=%FF", "%C3%28=%C3%28"):
        assert ben.get(f"{place}?{fields}").status_code == 400
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        url = f"{ben.url}{place}?_xsrf={ben.xsrf()}"
        assert ben.session.post(url, data=fields, headers=kind, timeout=60).status_code == 400


@pytest.mark.usefixtures("nothing_starts")
def test_a_form_of_files_starts_nothing(ben: Visitor) -> None:
    url = f"{ben.url}/hub/spawn?_xsrf={ben.xsrf()}"
    for files in ({"profile": ("x", b"small")}, {"profile": (None, b"\xff")}, {"x": ("y", b"z")}):
        answer = ben.session.post(url, data={"cores": "1"}, files=files, timeout=60)
        assert 400 <= answer.status_code < 500


@pytest.mark.usefixtures("nothing_starts")
def test_a_hostile_link_shows_the_form(ben: Visitor) -> None:
    for text in (text for text in TEXTS[::4] if len(text) < 100):
        query = {**dict.fromkeys(FIELDS, text), f"opt-{text}": text, text: "1"}
        response = ben.get("/hub/spawn", params=query, headers=CROSS_SITE)
        assert response.status_code == 200, short(text)
        assert "alert(1)>" not in response.text.replace("&gt;", "")
        assert "<script>alert" not in response.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?opt-profile=notebook", r'value="notebook"[^>]*checked'),
        ("?profile=notebook", r'value="notebook"[^>]*checked'),
        ("?profile=advanced&cores=2", r'value="2"'),
        ("?opt-profile=advanced&opt-walltime=3h", r'value="3"'),
        ("?opt-profile=advanced&opt-log_name=mine", r'value="mine"'),
    ],
)
@pytest.mark.usefixtures("nothing_starts")
def test_a_link_fills_the_form_in(ben: Visitor, query: str, shown: str) -> None:
    assert not re.search(shown, ben.get("/hub/spawn").text)
    assert re.search(shown, ben.get("/hub/spawn" + query).text)


@pytest.mark.parametrize(
    "path",
    ["/hub/spawn", "/hub/api/users/ben/server", "/hub/api/users/ben/servers/preset"],
)
@pytest.mark.usefixtures("nothing_starts")
def test_another_site_cannot_post_with_bens_cookies(ben: Visitor, path: str) -> None:
    for body, kind in ((b"profile=small", "application/x-www-form-urlencoded"),
                       (b'{"profile": "small"}', "text/plain")):  # fmt: skip
        headers = {**CROSS_SITE, "Origin": "https://elsewhere.example.org", "Content-Type": kind}
        response = ben.session.post(ben.url + path, data=body, headers=headers, timeout=60)
        assert response.status_code == 403


VISITS = (
    "/user/ben/", "/user/ben/preset/", "/hub/user/ben/?opt-profile=small",
    "/hub/user-redirect/?opt-profile=small", "/hub/spawn-pending/ben?profile=small",
)  # fmt: skip


@pytest.mark.parametrize("path", VISITS)
@pytest.mark.usefixtures("nothing_starts")
def test_a_visit_of_a_server_that_is_not_there_starts_nothing(ben: Visitor, path: str) -> None:
    assert ben.get(path, headers=CROSS_SITE).status_code < 500


# --- bodies that are no request at all

BODIES = (
    b"[]", b"[1]", b'"small"', b"1", b"null", b"true", b"nonsense", b"{", b"\xff\xfe", b"\x00",
    b'{"user_options": []}', b'{"user_options": "small"}', b'{"user_options": 1}',
    b'{"user_options": {"profile": "\xff"}}', b'{"display_name": 1}', b'{"display_name": []}',
    b'{"name": 1}', b'{"name": []}', b'{"name": "x/y"}', b'{"unknown": 1}', b"[" * 5000,
    b'{"user_options": ' * 500, b'{"user_options": {"profile": 1' + b"0" * 5000 + b"}}",
    b'{"user_options": {"profile": "nope"}, "user_options": {"profile": "nope2"}}',
    "{\"user_options\": {\"profile\": \"\u2028\"}}".encode(), b"{}" * 3, b"x" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("server", ["server", "servers/preset"])
@pytest.mark.usefixtures("nothing_starts")
def test_bodies_of_no_request_are_refused_or_do_nothing(
    ben: Visitor, method: str, server: str
) -> None:
    wrong = {}
    for body in BODIES:
        response = ben.api(method, f"/users/ben/{server}", body)
        if response.status_code >= 500:
            wrong[body[:40]] = response.text[:200]
    assert not wrong
