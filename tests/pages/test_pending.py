"""While a server starts, and when it did not."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from hub_config.refusal import SpawnRefused
from hub_config.schedulers.base import Phase
from tests.pages.drawing import Server, User
from tests.pages.markup import Page, parse
from tests.pages.scenes import not_running, pending, stopping
from tests.pages.scenes_waiting import EARLY, OPTIONS, REFUSED, broken, ended, job


def rows(page: Page) -> dict[str, str]:
    """Return what the waiting page tells of the job, by the label of the row."""
    told = page.one("dl")
    labels = [e.text for e in page.within(told, "dt")]
    return dict(zip(labels, (e.text for e in page.within(told, "dd")), strict=True))


def hidden(page: Page, button: str) -> dict[str, str]:
    """Return what the form of this button posts."""
    [pressed] = [b for b in page.all("button") if b.text == button]
    form = next(parent for parent in pressed.parents if parent.tag == "form")
    return {e["name"]: e["value"] for e in page.within(form, "input")}


@pytest.mark.parametrize(
    ("server", "stop"),
    [("", "/hub/api/users/bob/server"), ("advanced", "/hub/api/users/bob/servers/advanced")],
)
def test_cancel_stops_this_server_of_its_owner(server: str, stop: str) -> None:
    # The page may be an admin's who looks at bob's server.
    page = parse(pending(Server(server, pending="spawn", user=User("bob")), user=User("root2")))
    cancel = page.one("button", id="berth-cancel")
    assert (cancel.text, cancel["data-url"], cancel["data-then"]) == (
        "Cancel", stop, "/hub/home#cancelled",
    )  # fmt: skip
    assert (cancel["data-owner"], cancel["data-server"]) == ("/hub/api/users/bob", server)


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


def test_what_is_known_of_the_job_is_there_before_any_script_runs() -> None:
    page = parse(pending(Server("advanced", pending="spawn"), job()))
    told = rows(page)
    assert told.pop("Expected start").endswith("+0000)") or "12:00 (UTC" in page.text
    assert told.pop("Waited").startswith("0:00:4")
    assert told == {
        "Job": "4711",
        "State": "waiting in the queue (PENDING)",
        "Reason": "Others are before you in the queue. (Priority)",
        "Position": "3rd of 12 waiting in compute",
        "Asked for": "partition compute: 24 cores, 64 GB memory, 1 GPU, 8 h",
    }
    history = page.one("ol", id="berth-history")
    assert len(page.within(history, "time")) == 2
    assert "Job 4711 is waiting in partition compute" in history.text


def test_a_job_that_runs_waits_for_nothing_but_its_server() -> None:
    running = job(phase=Phase.RUNNING, state="RUNNING", host="c1")
    page = parse(pending(Server("", pending="spawn"), running))
    told = rows(page)
    assert told["State"] == "running (RUNNING, c1)"
    assert {told[name] for name in ("Reason", "Position", "Expected start")} == {"–"}
    history = page.one("ol", id="berth-history").text.strip()
    assert history.endswith("Cluster job running ... waiting to connect")


def test_it_is_told_in_german() -> None:
    page = parse(pending(Server("advanced", pending="spawn"), job(), language="de"))
    told = rows(page)
    assert told["Position"] == "Platz 3 von 12 in compute"
    assert told["Grund"] == "Andere sind vor Ihnen an der Reihe. (Priority)"
    assert page.one("button", id="berth-cancel").text == "Abbrechen"


def test_a_failure_shows_what_happened_in_whose_words_and_what_to_try() -> None:
    page = parse(broken(ended(), EARLY))
    assert "Your server did not start advanced" in page.text
    assert page.one(id="failure-what").text == (
        "Job 4711 ended before the server was ready. It needed more memory than it had asked for."
        " Start again with more memory."
    )
    assert page.one(id="failure-words").text == "OUT_OF_MEMORY"
    assert page.one(id="failure-log").text.endswith("Detected 1 oom_kill event")
    advice = [e.text for e in page.within(page.one(id="failure-advice"), "li")]
    assert advice == [
        "Change the options and choose more memory.",
        "Start without your script ~/jupyter_preload, and correct it then.",
    ]
    assert "2026-03-01 09:30:00 UTC" in page.text


def test_a_refusal_is_the_schedulers_own_words() -> None:
    page = parse(broken(REFUSED, SpawnRefused(REFUSED.message, reason="submit")))
    assert page.one(id="failure-what").text == "The scheduler refused the job."
    assert page.one(id="failure-words").text == REFUSED.message
    assert not page.all(id="failure-log")


def test_the_same_is_told_after_the_hub_was_restarted() -> None:
    assert (
        broken(ended()).partition("failure-title")[2]
        == (broken(ended(), EARLY).partition("failure-title")[2])
    )


def test_a_server_that_had_been_up_has_ended() -> None:
    page = parse(broken(ended(port=40000, host="c1")))
    assert "Your server is not running advanced" in page.text
    assert page.one(id="failure-what").text.startswith("Job 4711 has ended. It needed more memory")


def test_retry_posts_the_answers_of_before() -> None:
    page = parse(broken(ended(), EARLY))
    again = hidden(page, "Retry with the same options")
    assert again == {"_xsrf": "the-token", **OPTIONS}
    assert hidden(page, "Start without the script") == again | {"user_script": "none"}
    assert {f["action"] for f in page.all("form") if f["method"] == "post"} >= {
        "/hub/spawn/alice/advanced"
    }


def test_without_a_script_that_was_read_there_is_nothing_to_leave_out() -> None:
    page = parse(broken(ended(log="slurmstepd: error: killed"), EARLY))
    assert "Start without the script" not in page.text


def test_options_can_be_changed_from_what_they_were() -> None:
    page = parse(broken(ended(), EARLY, options=OPTIONS | {"user_script": "none"}))
    [change] = [a["href"] for a in page.all("a") if a.text == "Change options"]
    assert urlsplit(change).path == "/hub/spawn/alice/advanced"
    assert dict(parse_qsl(urlsplit(change).query)) == {f"opt-{k}": v for k, v in OPTIONS.items()}


def test_support_is_a_link_only_where_there_is_some() -> None:
    assert parse(broken(ended())).one("a", id="support")["href"].startswith("mailto:")
    assert not parse(broken(ended(), support="")).all("a", id="support")


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


def test_what_broke_in_the_hub_is_not_shown_to_its_users() -> None:
    page = parse(broken(None, RuntimeError("/srv/berth is full")))
    assert "Something went wrong in the hub" in page.text
    assert "/srv/berth" not in page.text
    assert not page.all(id="failure-words")


def test_html_from_an_exception_is_not_shown() -> None:
    page = parse(broken(ended(), EARLY, failed_html_message="<b id='html'>x</b>"))
    assert not page.all(id="html")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "Would you like to start it?"), (5, "It will be restarted automatically.")],
)
def test_a_server_that_does_not_run(seconds: int, words: str) -> None:
    page = parse(not_running(implicit_spawn_seconds=seconds, server_name=""))
    assert words in page.text
    assert page.one("a", id="start").text == "Start"
