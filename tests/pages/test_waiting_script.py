"""The waiting page in Chromium: rows that follow the hub's events, Cancel, and the end."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hub_config.cluster.told import tell
from tests.pages.conftest import Visit
from tests.pages.drawing import Server
from tests.pages.scenes_home import home
from tests.pages.scenes_waiting import EARLY, REQUEST, broken, ended, job, pending
from tests.pages.site import Site
from tests.support.hubs import until

pytestmark = pytest.mark.browser

NOTIFICATION = """
window.Notification = class {
    static permission = "default";
    static async requestPermission() {
        this.asked = true;
        return this.permission = "granted";
    }
    constructor(text) { sessionStorage.setItem("told", text); }
};
"""
CANCEL = "/hub/api/users/alice/servers/advanced"


def waiting() -> str:
    return pending(Server("advanced", pending="spawn"), job())


def row(page: Page, name: str) -> str:
    return page.locator(f"dd[data-row={name}]").text_content() or ""


def test_while_a_server_starts_the_page_says_how_far_it_is(visit: Visit) -> None:
    page = visit(waiting())
    heading = page.get_by_role("heading", name="Starting your server advanced", exact=True)
    expect(heading).to_be_visible()
    bar = page.get_by_role("progressbar", name="Job 7 is pending")
    expect(bar).to_have_attribute("aria-valuenow", "40")
    expect(page.get_by_role("status").filter(has_text="Job 7 is pending")).to_be_visible()


def test_the_rows_follow_the_events(visit: Visit, site: Site) -> None:
    about = tell(job(reason="Resources"), None, REQUEST, 0.0).to_json()
    site.events = [{"progress": 30, "message": "Job 7 waits", "about": about}]
    page = visit(waiting())
    expect(page.locator("dd[data-row=reason]")).to_have_text(
        "It starts as soon as enough is free. (Resources)"
    )
    expect(page.locator("dd[data-row=position]")).to_have_text("–")
    expect(page.locator("dd[data-row=start]")).to_contain_text("12:00")
    expect(page.locator("dd[data-row=start]")).to_contain_text("(in about ")
    assert int(row(page, "since").split(":")[0]) > 1000, "hours since 1970"


def test_the_time_goes_on_between_events(visit: Visit) -> None:
    page = visit(waiting())
    before = row(page, "since")
    until(lambda: row(page, "since") != before, "another second")


def test_the_event_log_has_times_and_what_was_there_before(visit: Visit) -> None:
    page = visit(waiting())
    expect(page.locator("#progress-log time")).to_have_text([re.compile(r"\d:\d\d:\d\d")] * 3)
    page.get_by_text("Event log").click()
    for text in ("Submitting the job", "Job 4711 is waiting", "Job 7 is pending"):
        expect(page.locator("#progress-log").get_by_text(text)).to_be_visible()
    expect(page.locator("#berth-history")).to_have_count(0)


def test_jupyterhubs_first_event_does_not_set_the_page_back(visit: Visit, site: Site) -> None:
    site.events = [
        {"progress": 0, "message": "Server requested"},
        {"progress": 40, "message": "Job 7 is pending"},
    ]
    page = visit(waiting())
    expect(page.locator("#progress-log")).to_contain_text("Job 7 is pending")
    expect(page.locator("#progress-log").get_by_text("Server requested")).to_have_count(0)


@pytest.mark.parametrize(
    ("event", "title"),
    [
        ({"ready": True, "message": "Server ready"}, "Your server is ready"),
        ({"failed": True, "message": "Spawn failed: no"}, "Your server did not start"),
    ],
)
def test_at_its_end_the_page_is_loaded_again(
    visit: Visit, site: Site, event: dict[str, object], title: str
) -> None:
    page = visit(waiting())
    page.evaluate("addEventListener('pagehide', () => sessionStorage.setItem('t', document.title))")
    expect(page.get_by_role("progressbar", name="Job 7 is pending")).to_be_visible()
    site.html = broken(ended(), EARLY)
    site.events.append({"progress": 100, **event})
    heading = page.get_by_role("heading", name="Your server did not start advanced", exact=True)
    expect(heading).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('t')") == title


def test_who_asks_for_it_gets_a_message(visit: Visit, site: Site) -> None:
    page = visit(waiting())
    # Chromium has no messages for pages that come without TLS.
    page.add_init_script(NOTIFICATION)
    page.reload()
    tell_me = page.get_by_role("button", name="Tell me when it is ready")
    expect(tell_me).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("Notification.asked") is None, "only asked on a click"
    tell_me.click()
    expect(tell_me).to_have_attribute("aria-pressed", "true")
    site.html = home()
    site.events.append({"progress": 100, "ready": True, "message": "Server ready"})
    expect(page.get_by_role("heading", level=1)).to_have_text("Your servers")
    assert page.evaluate("sessionStorage.getItem('told')") == "Your server is ready"


def test_when_the_hub_was_away_the_page_is_loaded_again(visit: Visit, site: Site) -> None:
    site.answers["/hub/api/users/alice/server/progress"] = (503, "")
    page = visit(waiting())
    site.html = home()
    expect(page.get_by_role("heading", name="Your servers", level=1)).to_be_visible(timeout=20_000)


# --- Cancel


def cancelled(page: Page) -> None:
    page.wait_for_url("**/hub/home#cancelled")
    expect(page.get_by_text("The start was cancelled.")).to_be_visible()


def test_cancel_stops_the_named_server_and_goes_home(visit: Visit, site: Site) -> None:
    page = visit(waiting(), "/hub/spawn-pending/alice/advanced")
    expect(page.get_by_role("button", name="Stop Server")).to_have_count(0)
    site.answers[CANCEL] = (204, "")
    site.html = home()
    page.get_by_role("button", name="Cancel").click()
    cancelled(page)
    assert [request[:2] for request in site.requests] == [("DELETE", CANCEL)]
    assert site.headers[0]["x-xsrftoken"] == "the-token"


def test_it_is_cancelling_until_the_scheduler_says_it_is_gone(visit: Visit, site: Site) -> None:
    page = visit(waiting(), "/hub/spawn-pending/alice/advanced")
    site.answers[CANCEL] = (202, "")
    site.answers["/hub/api/users/alice"] = (200, json.dumps({"servers": {"advanced": {}}}))
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#progress-message")).to_have_text("Cancelling …")
    with page.expect_response("**/hub/api/users/alice"):
        pass
    expect(page.get_by_role("button", name="Cancelling …")).to_be_disabled()
    site.answers["/hub/api/users/alice"] = (200, json.dumps({"servers": {}}))
    site.html = home()
    cancelled(page)


def test_a_refused_cancel_goes_on_waiting(visit: Visit, site: Site) -> None:
    page = visit(waiting())
    site.answers[CANCEL] = (400, json.dumps({"message": "Not now"}))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_have_text("The server could not be stopped: Not now")
    site.events.append({"progress": 90, "message": "Job 7 runs"})
    expect(page.get_by_role("progressbar", name="Job 7 runs")).to_be_visible()


# --- in another language, without a script


@pytest.mark.parametrize("draw", [waiting, lambda: broken(ended(), EARLY)])
def test_without_a_script_nothing_is_lost(visit: Visit, draw: Callable[[], str]) -> None:
    page = visit(draw(), script=False)
    expect(page.get_by_role("main")).to_contain_text("4711")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()


def test_retry_needs_no_script(visit: Visit, site: Site) -> None:
    page = visit(broken(ended(), EARLY), script=False)
    site.html = home()
    page.get_by_role("button", name="Retry with the same options").click()
    expect(page.get_by_role("heading", name="Your servers")).to_be_visible()
    assert [request[:2] for request in site.requests] == [("POST", "/hub/spawn/alice/advanced")]
