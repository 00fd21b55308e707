"""Below the forms in Chromium: a link to copy, the job script in place, all by keyboard as well."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import Visit
from tests.pages.scenes_form import spawn
from tests.pages.scenes_memory import COMMAND, NOTHING, preview, remembered
from tests.pages.site import HUB, Site

pytestmark = pytest.mark.browser

ADVANCED, PRESET = "#pane-advanced", "#pane-preset"
SCRIPT_URL = "/hub/berth/preview/alice"


def button(page: Page, pane: str, name: str) -> None:
    """Press a button below a pane by the keyboard."""
    found = page.locator(pane).get_by_role("button", name=name)
    found.focus()
    found.press("Enter")


def link(page: Page, pane: str) -> str:
    field = page.locator(pane).get_by_label("Link to this form, filled in")
    expect(field).to_be_focused()
    return field.input_value()


def form(visit: Visit) -> Page:
    return visit(spawn(server_name="advanced"), "/hub/spawn/alice/advanced")


# --- the link


def test_a_link_has_what_the_form_would_post_but_what_is_nobody_elses(visit: Visit) -> None:
    page = form(visit)
    page.get_by_label("Number of cores").fill("4")
    page.locator("#advanced-account").select_option("ab0995")
    posted = page.locator("#advanced-form").evaluate("f => [...new FormData(f)]")
    button(page, ADVANCED, "Copy link")
    url = urlsplit(link(page, ADVANCED))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{HUB}/hub/berth/form/advanced"
    given = parse_qsl(url.query)
    mine = ("_xsrf", "account", "mail")
    assert given == [(f"opt-{name}", value) for name, value in posted if value and name not in mine]
    assert {("opt-profile", "advanced"), ("opt-cores", "4")} <= {*given}
    assert "the-token" not in url.query


def test_a_link_to_the_default_server_has_nobodys_name(visit: Visit) -> None:
    page = visit(spawn(), "/hub/spawn/alice?opt-cores=9&next=/hub/token")
    page.locator("input[name=profile]").nth(2).check()
    button(page, PRESET, "Copy link")
    url = urlsplit(link(page, PRESET))
    assert url.path == "/hub/spawn"
    assert parse_qs(url.query)["opt-profile"] == ["shared-4"]
    assert "alice" not in url.geturl()
    assert "next" not in url.query


def test_without_a_clipboard_the_field_is_there_to_copy_from(visit: Visit) -> None:
    page = form(visit)
    button(page, ADVANCED, "Copy link")
    said = page.locator(ADVANCED).get_by_text("Copy the link from this field.")
    expect(said).to_have_role("status")
    assert page.evaluate("getSelection().toString()") == link(page, ADVANCED)


def test_with_a_clipboard_it_is_copied(visit: Visit) -> None:
    page = form(visit)
    # Chromium has one on pages with https only, and there it asks.
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard',"
        " {value: {writeText: async (text) => { window.copied = text; }}})"
    )
    button(page, ADVANCED, "Copy link")
    expect(page.locator(ADVANCED).get_by_text("Link copied")).to_have_role("status")
    field = page.locator(ADVANCED).get_by_label("Link to this form, filled in")
    assert page.evaluate("window.copied") == field.input_value()
    expect(page.locator(ADVANCED).get_by_role("button", name="Copy link")).to_be_focused()


def test_a_value_cannot_break_out_of_the_link(visit: Visit) -> None:
    page = form(visit)
    hostile = "a&opt-profile=x#\"><script>'é🚀"
    page.get_by_label("Log file name").fill(hostile)
    button(page, ADVANCED, "Copy link")
    given = dict(parse_qsl(urlsplit(link(page, ADVANCED)).query))
    assert (given["opt-log_name"], given["opt-profile"]) == (hostile, "advanced")


# --- the script


def test_the_script_is_shown_in_place_and_hidden_again(visit: Visit, site: Site) -> None:
    page = form(visit)
    site.answers[f"{SCRIPT_URL}/advanced"] = (200, preview())
    button(page, ADVANCED, "Show the job script")
    expect(page.get_by_role("region", name="Command")).to_have_text(COMMAND)
    expect(page.get_by_role("region", name="Script")).to_contain_text("#!/bin/bash -p")
    assert page.get_by_role("heading", level=1).count() == 1, "it is the form's page still"
    toggle = page.locator(ADVANCED).get_by_role("button", name="Hide the job script")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(toggle).to_be_focused()
    toggle.press("Enter")
    expect(page.get_by_role("region", name="Script")).to_have_count(0)
    expect(page.locator(ADVANCED).get_by_role("button", name="Show the job script")).to_be_focused()


def test_it_is_asked_for_with_the_values_of_its_form(visit: Visit, site: Site) -> None:
    page = form(visit)
    site.answers[f"{SCRIPT_URL}/advanced"] = (200, preview())
    page.get_by_label("Number of cores").fill("4")
    button(page, ADVANCED, "Show the job script")
    expect(page.get_by_role("region", name="Script")).to_be_visible()
    page.get_by_label("Number of cores").fill("5")
    with page.expect_response("**/preview/**"):
        page.get_by_label("Number of cores").press("Tab")
    expect(page.get_by_role("region", name="Script")).to_be_visible()
    asked = [parse_qs(body) for _, path, body in site.requests if "preview" in path]
    assert [fields["cores"] for fields in asked] == [["4"], ["5"]]
    assert {field for fields in asked for field in fields["_xsrf"]} == {"the-token"}
    assert not [path for _, path, _ in site.requests if "spawn" in path]


def test_what_is_wrong_is_said_there(visit: Visit, site: Site) -> None:
    page = form(visit)
    html = preview(troubles=["Number of cores: Too many, <b>you</b> see."], **NOTHING)
    site.answers[f"{SCRIPT_URL}/advanced"] = (400, html)
    page.get_by_label("Number of cores").fill("9999")  # the browser's own check is not asked
    button(page, ADVANCED, "Show the job script")
    expect(page.get_by_text("Number of cores: Too many, <b>you</b> see.")).to_be_visible()


def test_a_hub_that_cannot_answer_is_told(visit: Visit, site: Site) -> None:
    page = form(visit)
    site.answers[f"{SCRIPT_URL}/advanced"] = (502, "<h1>Bad gateway</h1>")
    button(page, ADVANCED, "Show the job script")
    said = "The job script cannot be shown: the hub answered 502"
    expect(page.locator(ADVANCED).get_by_text(said)).to_have_role("status")
    expect(page.get_by_text("Bad gateway")).to_have_count(0)


def test_without_a_script_the_button_leads_to_the_page(visit: Visit, site: Site) -> None:
    page = visit(spawn(), "/hub/spawn/alice", script=False)
    site.html = preview()
    page.locator(PRESET).get_by_role("button", name="Show the job script").click()
    expect(page.get_by_role("heading", name="Job script")).to_be_visible()
    ((method, path, body),) = site.requests
    assert (method, path) == ("POST", SCRIPT_URL)
    assert parse_qs(body)["profile"] == ["shared-1"]


# --- Reset and Enter


@pytest.mark.parametrize("script", [True, False])
def test_reset_posts_and_nothing_else_does(visit: Visit, site: Site, script: bool) -> None:
    page = visit(remembered(), "/hub/spawn/alice", script=script)
    site.html = spawn()
    reset = page.locator(ADVANCED).get_by_role("button", name="Reset")
    reset.focus()
    reset.press("Enter")
    expect(page.get_by_text("Options saved")).to_have_count(0)
    ((method, path, body),) = site.requests
    assert (method, path) == ("POST", "/hub/berth/forget/alice/advanced")
    assert parse_qs(body) == {"_xsrf": ["the-token"]}


def test_enter_in_a_field_starts_the_server(visit: Visit, site: Site) -> None:
    page = form(visit)
    page.locator("#advanced-account").select_option("ab0995")
    with page.expect_response("**/hub/spawn/alice"):
        page.get_by_label("Number of cores").press("Enter")
    assert [path for _, path, _ in site.requests] == ["/hub/spawn/alice"]
