"""While a server starts, and when it did not."""

import pytest

from tests.pages.drawing import Server, User
from tests.pages.markup import parse
from tests.pages.scenes import not_running, pending, stopping


@pytest.mark.parametrize(
    ("server", "stop", "options"),
    [
        ("", "/hub/api/users/bob/server", "/hub/spawn/bob"),
        ("advanced", "/hub/api/users/bob/servers/advanced", "/hub/spawn/bob/advanced"),
    ],
)
def test_cancel_stops_this_server_of_its_owner(server: str, stop: str, options: str) -> None:
    # The page may be an admin's who looks at bob's server.
    page = parse(pending(Server(server, pending="spawn", user=User("bob")), user=User("root2")))
    cancel = [e for e in page.all("button") if "data-stop" in e.attributes]
    assert [(e.text, e["data-stop"], e["data-then"]) for e in cancel] == [
        ("Cancel", stop, "/hub/home#cancelled")
    ]
    assert page.one("div", class_="berth-failed")
    assert [a["href"] for a in page.all("a") if a.text == "Change options"] == [options]


def test_jupyterhubs_own_words_and_parts_stay() -> None:
    page = parse(pending(Server("advanced", pending="spawn")))
    assert "Your server is starting up." in page.text
    assert "You will be redirected automatically when it's ready for you." in page.text
    for part in ("progress-bar", "progress-message", "progress-log", "progress-details"):
        assert page.one(id=part)


def test_jupyterhubs_own_stop_button_is_where_our_style_sheet_hides_it() -> None:
    page = parse(pending(Server("advanced", pending="spawn")))
    button = page.one(id="stop-server-btn")
    assert [parent for parent in button.parents if parent["class"] == "berth-pending"]


def test_a_failure_shows_the_schedulers_words_and_two_ways_on() -> None:
    page = parse(not_running(failed=True, failed_message="sbatch: error: one\nsbatch: error: two"))
    assert page.one("pre").text == "sbatch: error: one\nsbatch: error: two"
    links = {a.text: a["href"] for a in page.all("a")}
    assert links["Change options"] == "/hub/spawn/alice/advanced"
    assert page.one("a", id="start")["href"] == "/hub/spawn/alice/advanced"
    assert "Your server did not start advanced" in page.text


def test_options_can_be_changed_from_what_they_were() -> None:
    asked = {"profile": "advanced", "cores": "4", "log_name": "a b&c"}
    server = Server("advanced", pending="spawn", user_options=asked)
    after = "/hub/spawn/alice/advanced?opt-profile=advanced&opt-cores=4&opt-log_name=a%20b%26c"
    for html in (pending(server), not_running(failed=True, user=User(servers=[server]))):
        assert [a["href"] for a in parse(html).all("a") if a.text == "Change options"] == [after]


def test_without_a_script_the_page_looks_again_by_itself() -> None:
    page = parse(pending(Server("", pending="spawn")))
    [refresh] = page.where(lambda e: e["http-equiv"] == "refresh")
    assert refresh["content"] == "5"
    assert "noscript" in [parent.tag for parent in refresh.parents]


def test_a_server_that_stops_leads_home() -> None:
    page = parse(stopping(Server("advanced", pending="stop")))
    assert "Stopping your server advanced" in page.text
    assert "You will be able to start it again once it has finished stopping." in page.text
    assert [e["data-refresh"] for e in page.where(lambda e: "data-refresh" in e.attributes)] == [
        "/hub/home"
    ]
    assert [a["href"] for a in page.all("a") if a.text == "Home"][-1] == "/hub/home"


def test_a_failure_without_words_says_so() -> None:
    page = parse(not_running(failed=True, failed_message=None))
    assert "No reason was given." in page.text
    assert not page.all("pre")


def test_html_from_an_exception_is_not_shown() -> None:
    page = parse(not_running(failed=True, failed_html_message="<b id='html'>x</b>"))
    assert not page.all(id="html")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "Would you like to start it?"), (5, "It will be restarted automatically.")],
)
def test_a_server_that_does_not_run(seconds: int, words: str) -> None:
    page = parse(not_running(implicit_spawn_seconds=seconds, server_name=""))
    assert words in page.text
    assert page.one("a", id="start").text == "Start"
