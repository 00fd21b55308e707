"""The frame in a browser: languages and badges on a telephone, dates of the token page."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.conftest import Visit
from tests.pages.drawing import speaking
from tests.pages.scenes_frame import ANNOUNCED, login, token
from tests.pages.site import HUB, Site


def too_wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_language_can_be_chosen_before_logging_in(visit: Visit, width: int) -> None:
    page = visit(login(**ANNOUNCED), width=width)
    expect(page.get_by_role("link", name="Deutsch")).to_be_visible()
    assert too_wide(page) <= 0


# Both in one look: on a telephone the page still scrolls to the field that has the focus.
_PLACES = """() => ["#login-main form", ".berth-news"].map(part =>
    document.querySelector(part).getBoundingClientRect().toJSON())"""


def test_news_stand_beside_the_form_where_there_is_room(visit: Visit) -> None:
    form, news = visit(login(**ANNOUNCED), width=1280).evaluate(_PLACES)
    assert news["left"] > form["right"]
    form, news = visit(login(**ANNOUNCED), width=375).evaluate(_PLACES)
    assert news["top"] > form["bottom"]


@pytest.mark.parametrize(
    ("language", "ago", "never"), [("en", "ago", "Never"), ("de", "vor", "Nie")]
)
def test_tokens_tell_their_age_in_the_language_of_the_page(
    visit: Visit, language: str, ago: str, never: str
) -> None:
    with speaking(language):
        page = visit(token())
    expect(page.locator("#oauth-tokens-table time").first).to_contain_text(ago)
    # What JupyterHub's script says when it has done its part.
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window._jupyterhub_page_loaded")
    expect(page.locator("#oauth-tokens-table time").first).to_contain_text(ago)
    expect(page.locator("#api-tokens-table")).to_contain_text(never)


def test_tables_of_tokens_scroll_by_themselves(visit: Visit) -> None:
    assert too_wide(visit(token(), width=375)) <= 0


def test_a_script_that_a_text_brought_along_does_not_run(browser: Browser, site: Site) -> None:
    """If ever a page forgot to escape something, the policy stands behind it."""
    smuggled = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
    site.html = login().replace("<main", f"{smuggled}<main", 1)
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.route("**/*", site)
    page.goto(HUB + "/hub/login")
    expect(page.locator("#username_input")).to_be_visible()
    assert page.evaluate("!!window.require")  # the page's own did
    assert page.evaluate("window.hit") is None
    assert sum("Content Security Policy" in text for text in refused) == 2
    page.close()
