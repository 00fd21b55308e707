"""The home page in Chromium: buttons, times that run, and servers that change while it is shown."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub_config.pages.servers import STARTING, STOPPING
from tests.pages.conftest import Visit
from tests.pages.scenes_home import home, living, log, past
from tests.pages.site import Site

pytestmark = pytest.mark.browser

PRESET = "/hub/api/users/alice/servers/preset"


def ending_in(seconds: int) -> dict[str, Any]:
    """When a server ends that has so much time left now."""
    return {"ends": datetime.now(UTC) + timedelta(seconds=seconds)}


def press(page: Page, name: str) -> None:
    """Press a button by keyboard."""
    page.get_by_role("button", name=name, exact=True).first.focus()
    page.keyboard.press("Enter")


# --- stop, cancel, remove


def test_stop_asks_the_hub_with_its_token_and_shows_what_came_of_it(
    visit: Visit, site: Site
) -> None:
    page = visit(home(living("preset")), "/hub/home")
    site.answers[PRESET] = (202, "")
    site.html = home(living("preset", STOPPING))
    press(page, "Stop")
    expect(page.locator("[data-server-name=preset]")).to_contain_text("Stopping")
    assert site.requests == [("DELETE", PRESET, "")]
    assert site.headers[0]["x-xsrftoken"] == "the-token"
    expect(page.locator("#berth-said")).to_have_text("preset: Stopping")
    site.html = home()
    expect(page.get_by_text("None of your servers is running.")).to_be_visible()
    expect(page.locator("#berth-said")).to_have_text("preset has stopped.")
    expect(page.locator("#servers")).to_be_focused()


def test_a_stop_that_is_done_at_once_is_a_stop_too(visit: Visit, site: Site) -> None:
    page = visit(home(living("preset"), living("mine")), "/hub/home")
    site.answers[PRESET] = (204, "")
    site.html = home()
    press(page, "Stop")
    expect(page.locator("#berth-said")).to_have_text("preset has stopped. mine has ended.")


def test_a_cancelled_start_is_told_when_the_scheduler_has_let_go(visit: Visit, site: Site) -> None:
    page = visit(home(living("preset", STARTING)), "/hub/home")
    site.answers[PRESET] = (202, "")
    site.html = home(living("preset", STOPPING))
    press(page, "Cancel")
    expect(page.locator("#berth-said")).to_have_text("preset: Stopping")
    site.html = home()
    expect(page.locator("#berth-said")).to_have_text("The start of preset was cancelled.")


def test_a_cancel_that_takes_longer_than_the_server_lives_is_a_cancel(
    visit: Visit, site: Site
) -> None:
    page = visit(home(living("preset", STARTING)), "/hub/home")
    page.evaluate(
        """() => {
          const ask = window.fetch;
          window.fetch = (url, options) =>
            options.method === "DELETE" ? new Promise(() => {}) : ask(url, options);
        }"""
    )
    site.html = home()
    press(page, "Cancel")
    expect(page.locator("#berth-said")).to_have_text("The start of preset was cancelled.")


def test_who_comes_from_a_cancelled_start_reads_how_it_stands(visit: Visit, site: Site) -> None:
    expect(visit(home(), "/hub/home").locator("#cancelled")).to_be_hidden()
    page = visit(home(living("preset", STOPPING)), "/hub/home#cancelled")
    expect(page.locator("#cancelled")).to_have_text("The start is being cancelled …")
    site.html = home()
    expect(page.locator("#cancelled")).to_have_text("The start was cancelled.")
    expect(page.locator("#cancelled")).to_be_visible()


def test_a_refused_stop_says_why_and_can_be_tried_again(visit: Visit, site: Site) -> None:
    page = visit(home(living("")), "/hub/home")
    refusal = json.dumps({"status": 400, "message": "Cannot <b>stop</b> now"})
    site.answers["/hub/api/users/alice/server"] = (400, refusal)
    button = page.get_by_role("button", name="Stop")
    button.click()
    expect(page.locator("#berth-flash")).to_have_text(
        "The server could not be stopped: Cannot <b>stop</b> now"
    )
    expect(button).to_be_enabled()
    assert page.locator("#berth-flash b").count() == 0


def test_remove_forgets_the_server(visit: Visit, site: Site) -> None:
    page = visit(home(ended=(past("preset", surprise=False),)), "/hub/home")
    site.answers[PRESET] = (204, "")
    site.html = home()
    press(page, "Remove")
    expect(page.locator("article")).to_have_count(0)
    assert site.requests == [("DELETE", PRESET, '{"remove":true}')]


# --- what changes by itself


def test_a_start_becomes_a_server_that_can_be_opened(visit: Visit, site: Site) -> None:
    page = visit(home(living("preset", STARTING)), "/hub/home")
    page.locator("#open-preset").focus()
    site.html = home(living("preset"))
    expect(page.locator("#berth-said")).to_have_text("preset: Running")
    expect(page.locator("#open-preset")).to_be_focused()
    expect(page.locator("#open-preset")).to_have_attribute("href", "/user/alice/preset/")
    expect(page.locator("#begin")).to_contain_text("Running")


def test_what_was_typed_stays_while_servers_change(visit: Visit, site: Site) -> None:
    page = visit(home(living("preset", STARTING)), "/hub/home")
    page.get_by_label("Another server").fill("mine")
    site.html = home(living("preset"))
    expect(page.locator("#berth-said")).to_have_text("preset: Running")
    expect(page.get_by_label("Another server")).to_have_value("mine")
    expect(page.get_by_label("Another server")).to_be_focused()


def test_who_was_logged_out_meanwhile_sees_it(visit: Visit, site: Site) -> None:
    page = visit(home(living("preset", STARTING)), "/hub/home")
    site.html = "<!DOCTYPE html><title>Sign in</title><h1>Sign in</h1>"
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(
    ("seconds", "told", "late"),
    [(7530, "2 h 5 min", False), (930, "15 min", False), (870, "14 min", True),
     (30, "less than a minute", True), (-5, "time is up", False)],
)  # fmt: skip
def test_the_time_left_is_counted_here(visit: Visit, seconds: int, told: str, late: bool) -> None:
    page = visit(home(living("preset", **ending_in(seconds))), "/hub/home")
    time = page.locator("time[data-until]")
    expect(time).to_have_text(told)
    expect(page.get_by_text("less than 15 min")).to_be_visible(visible=late)
    assert ("berth-late" in (time.get_attribute("class") or "")) == (seconds < 900)


def test_the_count_goes_on(visit: Visit) -> None:
    page = visit(home(living("preset", **ending_in(660))), "/hub/home")
    time = page.locator("time[data-until]")
    expect(time).to_have_text("10 min")
    time.evaluate("time => (time.dateTime = new Date(Date.now() + 30000).toISOString())")
    expect(time).to_have_text("less than a minute")


def test_in_german(visit: Visit) -> None:
    html = home(living("preset", **ending_in(30)), ended=(past("old"),), language="de")
    page = visit(html, "/hub/home")
    expect(page.locator("time[data-until]")).to_have_text("unter einer Minute")
    expect(page.get_by_role("button", name="Beenden")).to_be_visible()


# --- ends


def test_a_dismissed_end_stays_dismissed_and_can_still_be_started(visit: Visit) -> None:
    page = visit(home(ended=(past("advanced"),)), "/hub/home")
    press(page, "Dismiss")
    end = page.locator("article")
    expect(end.get_by_text("The end of its log")).to_be_hidden()
    expect(end.get_by_role("button", name="Restart with the same options")).to_be_focused()
    page.reload()
    expect(end.get_by_role("button", name="Dismiss")).to_be_hidden()
    assert "berth-surprise" not in (end.get_attribute("class") or "")


def test_the_same_options_are_one_click(visit: Visit, site: Site) -> None:
    page = visit(home(ended=(past("advanced"),)), "/hub/home")
    press(page, "Restart with the same options")
    page.wait_for_url("**/hub/spawn/alice/advanced")
    [(method, path, body)] = site.requests
    assert (method, path) == ("POST", "/hub/spawn/alice/advanced")
    assert body == "_xsrf=the-token&profile=shared-1&account=bm0146&log_name=my+%26+log"


# --- names


@pytest.mark.parametrize(
    ("name", "told"), [("", "Write a name."), ("Not me", "Small letters a–z, digits and single")]
)
def test_a_wrong_name_is_not_even_sent(visit: Visit, site: Site, name: str, told: str) -> None:
    page = visit(home(), "/hub/home")
    field = page.get_by_label("Another server")
    field.fill(name)
    field.press("Enter")
    message = field.evaluate("field => field.validationMessage")
    assert message.startswith(told)
    assert site.requests == []
    field.fill("run-2")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        field.press("Enter")
    assert site.requests == [("POST", "/hub/home", "_xsrf=the-token&name=run-2")]


# --- without a script, on narrow screens


def test_without_a_script_no_button_pretends(visit: Visit) -> None:
    page = visit(home(living("preset"), ended=(past("old"),)), script=False)
    for name in ("Stop", "Dismiss", "Remove"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    expect(page.get_by_role("link", name="Open").first).to_be_visible()
    expect(page.get_by_role("button", name="Restart with the same options")).to_be_enabled()


@pytest.mark.parametrize("width", [320, 375, 768])
def test_a_narrow_screen_shows_every_row_whole(visit: Visit, width: int) -> None:
    ended = past("old", profile="A title that goes on and on for a while")
    servers = home(living("preset"), living("a-rather-long-name-of-a-server"), ended=(ended,))
    for html in (servers, log()):
        page = visit(html, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page = visit(servers, width=width)
    for name in ("Stop", "Restart with the same options"):
        box = page.get_by_role("button", name=name, exact=True).first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("rowheader")).to_have_count(2)
