"""The pages in Chromium: what berth.js does, and that nothing is lost without it."""

import json
import mimetypes
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.pages import test_hostile
from tests.pages.drawing import SHARE, TEMPLATES, Server
from tests.pages.hostile import PAYLOADS
from tests.pages.scenes import home, pending, spawn

pytestmark = pytest.mark.browser

HUB = "http://hub.test"
Visit = Callable[..., Page]


class Site:
    """Answers the browser instead of a hub: one page, the static files, and what a test adds."""

    def __init__(self) -> None:
        self.html = ""
        self.answers: dict[str, tuple[int, str]] = {}
        self.requests: list[tuple[str, str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.events = [{"progress": 40, "message": "Job 7 is pending"}]

    def __call__(self, route: Route) -> None:
        request = route.request
        path = urlsplit(request.url).path
        if request.method in ("POST", "DELETE"):
            self.requests.append((request.method, path, request.post_data or ""))
            self.headers.append(request.headers)
        if path.startswith(("/hub/static/", "/hub/berth/static/")):
            folder = TEMPLATES / "static" if "/berth/" in path else SHARE / "static"
            file = folder / path.split("/static/", 1)[1]
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(path=file, content_type=kind)
        elif path in self.answers:
            status, body = self.answers[path]
            route.fulfill(status=status, body=body, content_type="application/json")
        elif path.endswith("/progress"):
            body = "".join(f"data: {json.dumps(event)}\n\n" for event in self.events)
            route.fulfill(body=body, content_type="text/event-stream")
        elif path == "/hub/logo":
            route.fulfill(path=SHARE / "static/images/jupyterhub-80.png")
        else:
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    """visit(html, path=…, script=…) -> the page, loaded; errors in any script fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def go(html: str, path: str = "/hub/page", *, script: bool = True, width: int = 1280) -> Page:
        context = chromium.new_context(
            java_script_enabled=script, viewport={"width": width, "height": 800}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.route("**/*", site)
        site.html = html
        page.goto(HUB + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []


def sent(page: Page, site: Site, form: str) -> dict[str, list[str]]:
    """Click Start of this form, wait for the next page, return what the one POST said."""
    site.html = home()
    page.locator(form).get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Spawner Options")).to_be_visible()
    assert [request[:2] for request in site.requests] == [("POST", "/hub/spawn/alice")]
    return parse_qs(site.requests[0][2])


# --- tabs


def test_tabs_show_one_pane_at_a_time(visit: Visit) -> None:
    page = visit(spawn())
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    page.get_by_role("tab", name="Advanced").click()
    expect(page.get_by_role("tabpanel", name="Advanced")).to_be_visible()
    expect(page.locator("#preset-form")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Preset")).to_be_focused()
    expect(page.locator("#preset-form")).to_be_visible()


def test_an_address_can_open_the_other_tab(visit: Visit) -> None:
    page = visit(spawn(), "/hub/spawn/alice#pane-advanced")
    expect(page.get_by_role("tab", name="Advanced", selected=True)).to_be_visible()


# --- the advanced form follows its partition


@pytest.fixture
def advanced(visit: Visit) -> Page:
    return visit(spawn(server_name="advanced"))


def test_ranges_and_defaults_follow_the_partition(advanced: Page) -> None:
    expect(advanced.get_by_label("Number of cores (--cpus-per-task) [1–48]")).to_have_value("1")
    advanced.get_by_label("Partition (--partition)").select_option("compute")
    cores = advanced.get_by_label("Number of cores (--cpus-per-task) [1–128]")
    expect(cores).to_have_value("24")
    expect(cores).to_have_attribute("max", "128")
    expect(advanced.get_by_label("Time (hours) (--time) [0.17–8]")).to_have_attribute("max", "8")


def test_what_was_typed_survives_another_partition_and_is_marked(advanced: Page) -> None:
    cores = advanced.get_by_label("Number of cores")
    cores.fill("40")
    advanced.get_by_label("Partition (--partition)").select_option("prepost")
    expect(cores).to_have_value("40")
    expect(cores).to_have_attribute("aria-invalid", "true")
    cores.fill("24")
    assert cores.get_attribute("aria-invalid") is None


def test_gpus_are_asked_for_only_where_there_are_any(advanced: Page, site: Site) -> None:
    gpus = advanced.get_by_label("GPUs (--gres)")
    expect(gpus).to_be_hidden()
    expect(gpus).to_be_disabled()
    advanced.get_by_label("Partition (--partition)").select_option("gpu")
    expect(gpus).to_be_visible()
    expect(gpus).to_have_value("1")
    advanced.get_by_label("Partition (--partition)").select_option("shared")
    assert "gpus" not in sent(advanced, site, "#advanced-form")


def test_features_are_those_of_the_partition(advanced: Page) -> None:
    constraint = advanced.get_by_label("Request features/constraints")
    constraint.select_option("64G")
    advanced.get_by_label("Partition (--partition)").select_option("prepost")
    expect(constraint).to_have_value("")
    expect(constraint.locator("option[value='64G']")).to_be_disabled()
    expect(constraint.locator("option[value='256G']")).to_be_enabled()


def test_the_browser_refuses_what_the_partition_does(advanced: Page, site: Site) -> None:
    advanced.get_by_label("Number of cores").fill("72")
    advanced.get_by_role("button", name="Start").click()
    expect(advanced.get_by_label("Number of cores")).to_be_focused()
    assert site.requests == []


def test_a_preset_fills_the_advanced_fields(visit: Visit) -> None:
    page = visit(spawn())
    page.get_by_label("64 GB memory, 24 cores, 1 node, compute, 8:00h").check()
    page.get_by_role("tab", name="Advanced").click()
    expect(page.get_by_label("Partition (--partition)")).to_have_value("compute")
    expect(page.get_by_label("Number of cores (--cpus-per-task) [1–128]")).to_have_value("24")
    expect(page.get_by_label("Memory (GB) (--mem) [0.5–240]")).to_have_value("64")
    expect(page.get_by_label("Time (hours) (--time) [0.17–8]")).to_have_value("8")
    expect(page.get_by_label("User interface").last).to_have_value("lab")
    expect(page.get_by_label("Log file name")).to_have_value("jupyterhub_slurmspawner_advanced")
    expect(page.locator("#advanced-account")).to_have_value("bm0146")


# --- sending and refusals


def test_the_form_posts_what_was_chosen(visit: Visit, site: Site) -> None:
    page = visit(spawn())
    page.get_by_label("5 GB memory, 1 core, prepost, 12:00h").check()
    assert sent(page, site, "#preset-form") == {
        "_xsrf": ["the-token"],
        "profile": ["prepost-1"],
        "account": ["bm0146"],
    }


def test_while_the_hub_thinks_the_button_cannot_be_pressed_again(visit: Visit, site: Site) -> None:
    page = visit(spawn())
    site.answers["/hub/spawn/alice"] = (204, "")  # the browser stays where it is
    button = page.get_by_role("button", name="Start")
    button.click()
    expect(button).to_be_disabled()
    expect(page.locator("#preset-form .spinner-border")).to_be_visible()


def test_what_went_wrong_has_the_focus_and_leads_to_its_field(visit: Visit) -> None:
    errors = {"cores": "Partition shared allows 1 to 48 here; you asked for 72."}
    page = visit(spawn(answers={"profile": "advanced", "cores": "72"}, errors=errors))
    expect(page.get_by_role("alert")).to_be_focused()
    cores = page.get_by_label("Number of cores")
    expect(cores).to_have_attribute("aria-invalid", "true")
    page.get_by_role("alert").get_by_role("link").click()
    expect(cores).to_be_focused()


def test_an_error_that_the_browser_cannot_see_stays_marked(visit: Visit) -> None:
    errors = {"cores": "No node has so many cores together with this feature."}
    page = visit(spawn(answers={"profile": "advanced", "cores": "2"}, errors=errors))
    expect(page.get_by_text(errors["cores"], exact=True)).to_be_visible()
    expect(page.get_by_label("Number of cores")).to_have_attribute("aria-invalid", "true")


# --- Stop and Cancel


def test_stop_asks_the_hub_with_its_token_and_looks_again(visit: Visit, site: Site) -> None:
    page = visit(home(Server("preset")), "/hub/home")
    site.answers["/hub/api/users/alice/servers/preset"] = (204, "")
    site.html = home()
    page.get_by_role("button", name="Stop").first.click()
    expect(page.get_by_text("None of your servers is running.")).to_be_visible()
    assert site.requests == [("DELETE", "/hub/api/users/alice/servers/preset", "")]
    assert site.headers[0]["x-xsrftoken"] == "the-token"


def test_a_refused_stop_says_why_and_can_be_tried_again(visit: Visit, site: Site) -> None:
    page = visit(home(Server("")), "/hub/home")
    refusal = json.dumps({"status": 400, "message": "Cannot <b>stop</b> now"})
    site.answers["/hub/api/users/alice/server"] = (400, refusal)
    button = page.get_by_role("button", name="Stop")
    button.click()
    expect(page.get_by_role("alert")).to_have_text(
        "The server could not be stopped: Cannot <b>stop</b> now"
    )
    expect(button).to_be_enabled()
    assert page.locator("#berth-flash b").count() == 0


def test_cancel_stops_the_named_server_and_goes_home(visit: Visit, site: Site) -> None:
    page = visit(pending(Server("advanced", pending="spawn")), "/hub/spawn-pending/alice/advanced")
    expect(page.get_by_text("Job 7 is pending").first).to_be_visible()
    expect(page.get_by_role("button", name="Stop Server")).to_have_count(0)
    site.answers["/hub/api/users/alice/servers/advanced"] = (204, "")
    site.html = home()
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/hub/home#cancelled")
    expect(page.get_by_text("The start was cancelled.")).to_be_visible()
    assert [request[:2] for request in site.requests] == [
        ("DELETE", "/hub/api/users/alice/servers/advanced")
    ]


def test_home_speaks_of_cancelling_only_then(visit: Visit) -> None:
    expect(visit(home(), "/hub/home").get_by_text("The start was cancelled.")).to_be_hidden()


# --- waiting


def test_while_a_server_starts_the_page_says_how_far_it_is(visit: Visit) -> None:
    page = visit(pending(Server("advanced", pending="spawn")))
    heading = page.get_by_role("heading", name="Starting your server advanced", exact=True)
    expect(heading).to_be_visible()
    bar = page.get_by_role("progressbar", name="Job 7 is pending")
    expect(bar).to_have_attribute("aria-valuenow", "40")
    expect(page.locator("#progress-log")).to_have_text("Job 7 is pending")
    expect(page.get_by_role("link", name="Change options")).to_be_hidden()


def test_after_a_failed_start_the_page_offers_what_to_do(visit: Visit, site: Site) -> None:
    refusal = "sbatch: error: <b>no</b>\nsbatch: error: really"
    site.events.append({"progress": 100, "failed": True, "message": refusal})
    page = visit(pending(Server("advanced", pending="spawn")))
    heading = page.get_by_role("heading", name="Your server did not start advanced", exact=True)
    expect(heading).to_be_visible()
    expect(page.locator("#progress-message")).to_have_text(refusal)
    expect(page.get_by_role("link", name="Change options")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()


def test_when_the_server_is_ready_the_page_is_loaded_again(visit: Visit, site: Site) -> None:
    site.events.append({"progress": 100, "ready": True, "message": "Server ready"})
    page = visit(pending(Server("advanced", pending="spawn")))
    site.html = home()
    expect(page.get_by_role("heading", level=1)).to_have_text("Spawner Options")


def test_when_the_hub_was_away_the_page_is_loaded_again(visit: Visit, site: Site) -> None:
    site.answers["/hub/api/users/alice/server/progress"] = (503, "")
    page = visit(pending(Server("", pending="spawn")))
    site.html = home()
    expect(page.get_by_text("Spawner Options")).to_be_visible(timeout=20_000)


def test_a_refused_cancel_goes_on_waiting(visit: Visit, site: Site) -> None:
    page = visit(pending(Server("", pending="spawn")))
    site.answers["/hub/api/users/alice/server"] = (400, json.dumps({"message": "Not now"}))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_have_text("The server could not be stopped: Not now")
    site.events.append({"progress": 90, "message": "Job 7 runs"})
    expect(page.get_by_role("progressbar", name="Job 7 runs")).to_be_visible()


# --- without JavaScript


def test_without_a_script_both_forms_can_be_read_and_sent(visit: Visit, site: Site) -> None:
    page = visit(spawn(), script=False)
    expect(page.locator("#preset-form")).to_be_visible()
    expect(page.locator("#advanced-form")).to_be_visible()
    page.get_by_label("Partition (--partition)").select_option("compute")
    page.get_by_label("Number of cores").fill("100")
    page.get_by_label("GPUs").fill("0")
    answers = sent(page, site, "#advanced-form")
    assert (answers["partition"], answers["cores"]) == (["compute"], ["100"])


def test_without_a_script_no_button_pretends(visit: Visit) -> None:
    page = visit(home(Server("preset")), script=False)
    expect(page.get_by_role("button", name="Stop").first).to_be_hidden()
    expect(page.get_by_role("link", name="Open").first).to_be_visible()


# --- all of it


@pytest.mark.parametrize("name", test_hostile.PAGES)
def test_no_text_becomes_a_script(visit: Visit, name: str) -> None:
    for texts in (PAYLOADS, PAYLOADS[::-1]):
        page = visit(test_hostile.PAGES[name]("".join(text for text in texts if "hit" in text)))
        assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", ["form", "advanced", "home", "pending"])
def test_no_page_scrolls_sideways(visit: Visit, name: str, width: int) -> None:
    scenes: dict[str, Callable[[], str]] = {
        "form": spawn,
        "advanced": lambda: spawn(server_name="advanced"),
        "home": lambda: home(Server(""), Server("preset")),
        "pending": lambda: pending(Server("advanced", pending="spawn")),
    }
    page = visit(scenes[name](), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
