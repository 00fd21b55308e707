"""Start and stop with a keyboard alone; whoever does so always sees where they are."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor

MOST_STOPS = 80
"""More presses of Tab than any page of ours needs to reach anything."""

# Each element that has the focus shows it: by its outline, its shadow (Bootstrap's way), or, where
# the input itself is small or out of sight, that of its card or label.
_SEEN = """element => {
    for (const part of [element, element.parentElement, element.nextElementSibling]) {
        const style = part && getComputedStyle(part);
        if (!style) continue;
        if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) return true;
        if (style.boxShadow !== "none") return true;
    }
    return false;
}"""


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until *target* has the focus, which is visible at every stop on the way."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.locator("*:focus")
        if here.count():
            assert here.evaluate(_SEEN), f"no visible focus: {here.evaluate('e => e.outerHTML')}"
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go to *target* by Tab, and press *key* there."""
    go_to(page, target)
    page.keyboard.press(key)


@pytest.fixture
def at_her_form(centre: Centre, stranger: Person, unix_users: dict[str, str]) -> Page:
    """Alice, who came from the login page to the preset form without a mouse."""
    page = stranger.visit("/hub/login")
    expect(page.locator("#username_input")).to_be_focused()
    page.keyboard.type("alice")
    go_to(page, page.locator("#password_input"))
    page.keyboard.type(unix_users["alice"])
    page.keyboard.press("Enter")
    expect(page.locator("#begin-preset")).to_be_visible()
    press(page, page.locator("#begin-preset"))
    expect(page.locator("#preset-form")).to_be_visible()
    return page


def test_start_and_stop(centre: Centre, alice: Visitor, at_her_form: Page) -> None:
    page = at_her_form
    go_to(page, page.locator("#preset-form input[name=profile]:checked"))
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#preset-form input[name=profile]:checked")
    expect(chosen).to_have_value("shared-2")
    go_to(page, page.locator("#preset-account"))
    page.keyboard.type("bm0146")
    press(page, page.locator("#preset-form button[type=submit]"), "Space")
    expect(page).to_have_url(re.compile("/user/alice/preset/lab"))
    assert centre.the_job("alice")["NumCPUs"] == "2"

    page.goto(f"{centre.hub.url}/hub/home")
    press(page, page.locator("#stop-preset"))
    expect(page.locator("tr[data-server-name=preset]")).to_have_count(0)
    focused = page.evaluate("document.activeElement.tagName")
    assert focused != "BODY", "what had the focus is gone, and the focus with it"
    centre.bed.wait_empty("alice")


@pytest.mark.usefixtures("alice")
def test_what_is_wrong_is_where_the_focus_is(centre: Centre, at_her_form: Page) -> None:
    page = at_her_form
    go_to(page, page.locator("#berth-tabs [aria-selected=true]"))
    page.keyboard.press("ArrowRight")
    cores = page.locator("#advanced-cores")
    cores.evaluate("input => input.removeAttribute('max')")
    go_to(page, cores)
    page.keyboard.type("72")
    page.keyboard.press("Enter")
    trouble = page.locator("#form-trouble")
    expect(trouble).to_be_focused()
    press(page, trouble.get_by_role("link").first)
    expect(cores).to_be_focused()
    expect(cores).to_have_attribute("aria-invalid", "true")
    assert centre.bed.squeue("alice") == []
