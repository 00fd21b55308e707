"""What all pages share: name, links, footer, style sheet."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from hub_config.announcements import Announced
from hub_config.model.announcement import Announcement
from hub_config.model.branding import Branding
from hub_config.pages.notices import Notices
from tests.pages.drawing import BRANDING, Server, render, speaking
from tests.pages.markup import Page, parse
from tests.pages.scenes import SCENES
from tests.pages.scenes_form import spawn
from tests.pages.scenes_frame import ANNOUNCED, FULL, error, login, oauth
from tests.pages.scenes_home import home
from tests.pages.scenes_waiting import pending

SENT = ["_xsrf", "notice", "next"]
DRAWN: dict[str, Callable[..., str]] = {
    "home": home,
    "form": spawn,
    "waiting": lambda **more: pending(Server("one", pending="spawn"), **more),
}
"""Pages that announce something to people who are known."""


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
    assert sheets[:2] == ["/hub/static/css/style.min.css", "/hub/berth/static/berth.css?v=1.2.3"]


def test_pages_of_jupyterhub_itself_wear_the_same_frame() -> None:
    page = parse(render("404.html", status_code=404, status_message="Not Found", message=""))
    assert page.one("a", id="jupyterhub-logo").text.strip() == BRANDING.name


def test_a_site_without_links_has_no_footer() -> None:
    assert not parse(home(branding=Branding())).all("footer")


def test_the_login_page_welcomes() -> None:
    page = parse(SCENES["login"]())
    assert "Welcome to Jupyter @ Example Jupyter on the supercomputer." in page.text
    assert page.one("input", name="username")
    assert page.one("form")["action"] == "/hub/login?next="


def test_a_refused_login_says_why() -> None:
    assert "Invalid username or password" in parse(SCENES["login refused"]()).text


def test_a_silent_scheduler_is_told_on_every_page() -> None:
    since = datetime(2026, 3, 1, 8, 5)
    silent = parse(home(poller=SimpleNamespace(silent_since=since)))
    answers = parse(home(poller=SimpleNamespace(silent_since=None)))
    told = "The scheduler has not answered since 08:05."
    assert told in silent.text
    assert told not in answers.text


# --- what the centre says of itself


def full(language: str = "en") -> Page:
    with speaking(language):
        return parse(login(**ANNOUNCED))


def notes(page: Page) -> list[str]:
    return [" ".join(note.text.split()) for note in page.all("div", role="note")]


def test_a_badge_by_the_name_tells_the_phase() -> None:
    assert full().one("a", id="jupyterhub-logo").text.split() == ["Jupyter", "@", "Example", "Beta"]


def test_each_visitor_reads_the_centres_texts_in_their_language() -> None:
    assert "Jupyter on the cluster." in full().text
    german = full("de").text
    assert "Jupyter auf dem Rechner." in german
    assert "Erst einmal per SSH anmelden." in german
    assert "Jupyter on the cluster." not in german


def test_announcements_stand_on_top_the_gravest_first_and_what_is_over_is_gone() -> None:
    assert notes(full()) == [
        "Important: Fire Leave.",
        "Maintenance: The cluster is down.",
        "Warning: The file system is slow. Read more Dismiss",
        "Information: Say hello. Dismiss",
        "Maintenance: Closed on Tuesday.",
    ]
    assert notes(full("de"))[0] == "Wichtig: Feuer Leave."


def test_severity_is_a_word_and_an_icon_not_colour_alone() -> None:
    page = full()
    notes = page.all("div", role="note")
    icons = [icon["class"] for note in notes for icon in page.within(note, "i")]
    assert len(icons) == len(notes)
    assert len(set(icons)) == 4


def test_what_is_to_be_read_has_a_button_for_who_is_known() -> None:
    read = Announcement(text="Rules.", closing="acknowledge")
    announced = Notices(Announced((read, Announcement(text="Hello."))))
    page = parse(home(announcements=announced))
    assert notes(page) == ["Information: Rules. I have read this", "Information: Hello. Dismiss"]
    for button in page.all("form", action="/hub/berth/notices", class_="berth-put-away"):
        assert [one["name"] for one in page.within(button, "input")] == SENT
    assert notes(parse(login(announcements=announced)))[0] == "Information: Rules."


def test_times_of_maintenance_are_told_in_the_language_of_the_page() -> None:
    times = {"begins": "2026-03-10T08:00Z", "lasts": "4h", "zone": "UTC"}
    planned = Announcement.model_validate({"text": "All of it.", "maintenance": times})
    announced = Notices(Announced((planned,), clock=lambda: datetime(2026, 3, 9, tzinfo=UTC)))
    [note] = parse(home(announcements=announced)).all("p", class_="berth-when")
    begin = datetime(2026, 3, 10, 8, tzinfo=UTC).astimezone()
    assert note.text.startswith(f"Tue {begin.day} Mar, {begin:%H:%M} – ")
    with speaking("de"):
        [note] = parse(home(announcements=announced)).all("p", class_="berth-when")
    assert note.text.startswith(f"Di., {begin.day}. März, {begin:%H:%M} – ")


def test_pages_that_are_no_place_for_announcements_have_none() -> None:
    assert notes(parse(oauth(**ANNOUNCED))) == []


def test_home_tells_the_next_maintenance_too() -> None:
    assert "Maintenance: Closed on Tuesday." in notes(parse(home(branding=FULL)))


def test_news_are_dated_and_the_newest_first() -> None:
    page = full("de")
    news = page.one("section", aria_labelledby="news-title")
    assert [(t["datetime"], t.text) for t in page.within(news, "time")] == [
        ("2026-03-01", "01.03.2026"), ("2026-02-01", "01.02.2026"),
    ]  # fmt: skip
    assert [a["href"] for a in page.within(news, "a")] == ["https://a.org/r"]


@pytest.mark.parametrize("scene", ["home", "form", "waiting"])
def test_after_the_login_the_news_are_folded_away(scene: str) -> None:
    page = parse(DRAWN[scene](**ANNOUNCED))
    [folded] = page.all("details", class_="berth-latest")
    [shown] = page.within(folded, "summary")
    assert " ".join(shown.text.split()) == "News: Profiles (Mar 1, 2026)"
    links = [(a.text, a["href"]) for a in page.within(folded, "a")]
    assert links == [
        ("R", "https://a.org/r"), ("All announcements and news", "/services/news/"),
    ]  # fmt: skip


def test_the_foot_of_a_page_leads_to_the_support_desk() -> None:
    page = full()
    links = [(a.text, a["href"]) for a in page.within(page.one("footer"), "a")]
    assert links[0] == ("Help and contact", "mailto:support@example.org")


# --- languages


@pytest.mark.parametrize(("language", "other"), [("en", "de"), ("de", "en")])
def test_every_page_leads_to_itself_in_the_other_language(language: str, other: str) -> None:
    with speaking(language):
        page = parse(SCENES["form"]())
    assert page.one("html")["lang"] == language
    link = page.one("a", hreflang=other)
    assert link["lang"] == other
    assert link["href"].startswith(f"/hub/berth/language/{other}?next=")


def test_before_logging_in_the_language_is_not_folded_away() -> None:
    page = full()
    folded = page.one(id="thenavbar")
    assert folded not in page.one("a", hreflang="de").parents


# --- errors


@pytest.mark.parametrize("status", [400, 403, 404, 405, 429, 500, 503, 418])
def test_an_error_has_a_way_home_and_one_to_the_support_desk(status: int) -> None:
    page = parse(error(status, "Why.", branding=FULL))
    ways = page.within(page.one("p", class_="berth-ways"), "a")
    assert ways[0]["href"] == "/hub/home"
    told = unquote(ways[1]["href"])
    assert told.startswith(f"mailto:support@example.org?subject=Jupyter @ Example: error {status}")
    assert "Address: " in told
    assert re.search(r"Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", told)


def test_an_error_speaks_our_words() -> None:
    with speaking("de"):
        page = parse(error(404))
    assert page.one("h1").text == "Diese Seite gibt es nicht"
    assert "Fehler 404" in page.text
    assert "moons" not in page.text


def test_what_nobody_has_words_for_keeps_those_of_http() -> None:
    assert parse(error(418)).one("h1").text == "Status"


def test_without_a_contact_an_error_asks_nobody() -> None:
    page = parse(error(500))
    assert len(page.within(page.one("p", class_="berth-ways"), "a")) == 1
