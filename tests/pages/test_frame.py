"""What all pages share: name, links, footer, style sheet."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from hub_config.model.site import Branding
from tests.pages.drawing import BRANDING, render
from tests.pages.markup import Page, parse
from tests.pages.scenes import SCENES


@pytest.fixture(params=["form", "home without servers", "pending", "failed", "login"])
def page(request: pytest.FixtureRequest) -> Page:
    return parse(SCENES[request.param]())


def test_the_centres_name_is_in_title_and_bar(page: Page) -> None:
    assert BRANDING.name in page.one("title").text
    assert page.one("a", id="jupyterhub-logo").text.strip() == BRANDING.name


def test_links_of_bar_and_footer(page: Page) -> None:
    bar, footer = page.one("nav"), page.one("footer")
    assert "https://docs.example.org" in [a["href"] for a in page.within(bar, "a")]
    assert [(a.text, a["href"]) for a in page.within(footer, "a")] == [
        ("Privacy policy", "https://www.example.org/privacy")
    ]


def test_the_style_sheet_changes_its_address_with_the_version(page: Page) -> None:
    sheets = [link["href"] for link in page.all("link", rel="stylesheet")]
    assert sheets == ["/hub/static/css/style.min.css", "/hub/berth/static/berth.css?v=1.2.3"]


def test_pages_of_jupyterhub_itself_wear_the_same_frame() -> None:
    page = parse(render("404.html", status_code=404, status_message="Not Found", message=""))
    assert page.one("a", id="jupyterhub-logo").text.strip() == BRANDING.name


def test_a_site_without_links_has_no_footer() -> None:
    assert not parse(render("home.html", branding=Branding())).all("footer")


def test_the_login_page_welcomes() -> None:
    page = parse(SCENES["login"]())
    assert "Welcome to Jupyter @ Example Jupyter on the supercomputer." in page.text
    assert page.one("input", name="username")
    assert page.one("form")["action"] == "/hub/login?next="


def test_a_refused_login_says_why() -> None:
    assert "Invalid username or password" in parse(SCENES["login refused"]()).text


def test_a_silent_scheduler_is_told_on_every_page() -> None:
    since = datetime(2026, 3, 1, 8, 5)
    silent = parse(render("home.html", poller=SimpleNamespace(silent_since=since)))
    answers = parse(render("home.html", poller=SimpleNamespace(silent_since=None)))
    told = "The scheduler has not answered since 08:05."
    assert told in silent.text
    assert told not in answers.text
