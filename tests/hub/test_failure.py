"""A start that fails, and what its user is told: at once, after a restart, in German, by events."""

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
import requests

from tests.hub.room import Room, running, stop_all
from tests.support.hubs import PATIENCE, Visitor, until

SMALL = {"profile": "small"}
WORDS = "kernel: <b>no such module</b> & more"


@pytest.fixture(scope="module")
def place() -> Iterator[Room]:
    """A hub of its own, to be restarted, whose site has a script of the user's and a contact."""
    with running(
        {"user_script": "~/setup.sh", "branding": {"contact": "help@example.org"}}
    ) as room:
        yield room


def rows(visitor: Visitor) -> dict[str, str]:
    """Return what the waiting page tells of the job."""
    text = visitor.get(f"/hub/spawn-pending/{visitor.name}").text
    return dict(re.findall(r'<dd data-row="(job|state|asked)">([^<]*)</dd>', text))


def test_the_waiting_page_says_the_same_after_a_restart(place: Room) -> None:
    ann = place.visitor("ann")
    with place.launcher(place.standin):
        ann.submit_form("", SMALL)
        until(lambda: rows(ann)["state"].startswith("running"), "the job")
        before = rows(ann)
        place.hub.stop()
        place.hub.start()
        until(lambda: rows(ann) == before, "the same rows")
    assert before["job"].isdigit() and before["asked"].startswith("partition local: 1 core")
    stop_all(ann)
    ann.close()


@pytest.fixture(scope="module")
def failed(place: Room) -> Iterator[Visitor]:
    """Ben, whose start has just failed: the launcher prints a few lines and ends."""
    ben = place.visitor("ben")
    fail(place, ben)
    yield ben
    stop_all(ben)
    ben.close()


def fail(place: Room, visitor: Visitor) -> None:
    """Let a start fail; return after its end."""
    launcher = place.folder / "launcher"
    launcher.write_text(f"#!/bin/sh\necho 'Reading ~/setup.sh'\necho '{WORDS}'\nexit 7\n")
    launcher.chmod(0o755)
    with place.launcher(launcher):
        visitor.submit_form("", SMALL)
        until(lambda: "" not in visitor.servers(), "the end of the start")


def page(visitor: Visitor, **headers: str) -> requests.Response:
    return visitor.get(f"/hub/spawn-pending/{visitor.name}", headers=headers)


def told(response: requests.Response) -> str:
    """Return what the page says of the failure."""
    assert 'id="failure-what"' in response.text
    text = response.text.partition('id="failure-title"')[2].partition("</main>")[0]
    return re.sub(r'name="_xsrf" value="[^"]*"', "", text)


def test_what_happened_its_log_and_what_to_try(failed: Visitor) -> None:
    text = told(page(failed))
    assert re.search(r"Job \d+ ended before the server was ready\. It failed: exit code 7\.", text)
    assert html.escape(WORDS) in text
    assert "<b>no such" not in text
    assert "Start without your script ~/setup.sh" in text


def test_support_gets_what_it_will_ask_for(failed: Visitor) -> None:
    [link] = re.findall(r'id="support" href="(mailto:help@example.org[^"]*)"', page(failed).text)
    body = unquote(html.unescape(link))
    for line in (r"User: ben", r"Server: the default one", r"Job: \d+", r"Time: [-0-9: ]+ UTC"):
        assert re.search(line, body), body
    assert "_xsrf" not in body and WORDS not in body


def test_it_is_told_in_german(failed: Visitor) -> None:
    text = told(page(failed, **{"Accept-Language": "de"}))
    assert re.search(r"Job \d+ endete, bevor der Server bereit war\. Der Job scheiterte", text)
    assert "Mit denselben Optionen noch einmal" in text


def events(visitor: Visitor, **headers: str) -> str:
    url = f"{visitor.url}/hub/api/users/{visitor.name}/server/progress"
    headers["Authorization"] = f"token {visitor.token()}"
    answer = requests.get(url, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 200
    return answer.text.encode().decode("unicode_escape")


def test_events_speak_english_to_programs_and_the_readers_language_to_pages(
    failed: Visitor,
) -> None:
    english = events(failed)
    assert '"failed": true' in english
    assert re.search(r'"message": "Spawn failed: Job \d+ ended before the server', english)
    assert re.search(
        r'"Start gescheitert: Job \d+ endete', events(failed, **{"Accept-Language": "de"})
    )


def test_it_is_the_same_after_a_restart(place: Room, failed: Visitor) -> None:
    before = told(page(failed))
    place.hub.stop()
    place.hub.start()
    assert told(page(failed)) == before
    assert "Your server did not start" in page(failed).text


@pytest.fixture
def cat(place: Room) -> Iterator[Visitor]:
    """Cat, whose start has just failed too, and who may start again."""
    cat = place.visitor("cat")
    fail(place, cat)
    yield cat
    stop_all(cat)
    cat.close()


def test_retry_and_start_without_the_script(place: Room, cat: Visitor) -> None:
    forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page(cat).text, re.S)
    assert [action for action, _ in forms] == ["/hub/spawn/cat"] * 2
    retry, without = (dict(re.findall(r'name="([^"]+)" value="([^"]*)"', f)) for _, f in forms)
    for answers in (retry, without):
        del answers["_xsrf"]
    assert (retry, without) == (SMALL, {**SMALL, "user_script": "none"})
    assert submitted_scripts(place, "cat") == ["~/setup.sh"]
    assert cat.post(forms[1][0], without, allow_redirects=False).status_code == 302
    cat.wait_ready()
    assert sorted(submitted_scripts(place, "cat")) == ["", "~/setup.sh"]
    german = events(cat, **{"Accept-Language": "de"})
    assert '"message": "Server bereit unter /user/cat/"' in german
    assert '"html_message": "Server bereit unter <a href="/user/cat/">/user/cat/</a>"' in german
    cat.stop()
    cat.wait_stopped()
    assert 'id="failure-what"' not in page(cat).text, "a start that did not fail came after it"


def submitted_scripts(place: Room, user: str) -> list[str]:
    """Return the scripts of the user's submitted jobs, in no order."""
    submits = place.asked("submit")
    return [submit["request"]["user_script"] for submit in submits if submit["user"] == user]
