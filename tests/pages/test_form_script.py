"""What the form says of the cluster in Chromium: estimates, numbers that follow, maintenance."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.conftest import Visit
from tests.pages.drawing import speaking
from tests.pages.scenes_form import busy, spawn
from tests.pages.site import HUB, Site

ESTIMATE, BOARD = "/hub/berth/estimate/alice", "/hub/berth/cluster"
PREPOST = "5 GB memory, 1 core, prepost, 12:00h"


class Scheduler:
    """Answers estimates, and keeps what was asked."""

    def __init__(self, page: Page) -> None:
        self.asked: list[dict[str, str]] = []
        self.held: list[Route] = []
        self.hold = False
        page.route(f"{HUB}{ESTIMATE}?*", self._answer)

    def _answer(self, route: Route) -> None:
        self.asked.append(dict(parse_qsl(urlsplit(route.request.url).query)))
        if self.hold:
            self.held.append(route)
        else:
            self.tell(route)

    def tell(self, route: Route) -> None:
        text = f"Would start in about {len(self.asked)} min."
        route.fulfill(body=json.dumps({"text": text}), content_type="application/json")


@pytest.fixture
def form(visit: Visit, site: Site) -> Page:
    """The form of a busy cluster whose clock stands; it has asked for nothing yet."""
    page = visit("<p>empty")
    page.clock.install()
    site.html = spawn(overview=busy())
    return page


def opened(page: Page) -> Page:
    page.goto(HUB + "/hub/spawn/alice")
    expect(page.get_by_role("tab", name="Advanced")).to_be_visible()
    return page


# --- estimates


def test_what_is_chosen_is_asked_for_after_a_pause(form: Page) -> None:
    scheduler = Scheduler(form)
    line = opened(form).locator("#preset-form .berth-estimate")
    assert scheduler.asked == []
    form.clock.run_for(1000)
    expect(line).to_have_text("Would start in about 1 min.")
    assert scheduler.asked == [{"opt-profile": "shared-1", "opt-account": "bm0146"}]
    form.get_by_label(PREPOST).check()
    expect(line).to_have_text("")
    form.clock.run_for(1000)
    expect(line).to_have_text("Would start in about 2 min.")
    assert scheduler.asked[1]["opt-profile"] == "prepost-1"


def test_one_question_at_a_time_and_the_last_one_counts(form: Page) -> None:
    scheduler = Scheduler(form)
    scheduler.hold = True
    opened(form).clock.run_for(1000)
    cards = form.get_by_role("radio", disabled=False)
    for index in range(1, 4):
        cards.nth(index).check()
        form.clock.run_for(1000)
    assert len(scheduler.asked) == 1
    scheduler.hold = False
    with form.expect_request(f"**{ESTIMATE}?*"):
        scheduler.tell(scheduler.held[0])
        form.clock.resume()  # the next question follows by itself
    line = form.locator("#preset-form .berth-estimate")
    expect(line).to_have_text("Would start in about 2 min.")
    assert scheduler.asked[1]["opt-profile"] == cards.nth(3).get_attribute("value")


def test_the_advanced_values_are_asked_for_when_they_are_in_sight_and_right(form: Page) -> None:
    scheduler = Scheduler(form)
    page = opened(form)
    page.get_by_role("tab", name="Advanced").click()
    page.get_by_label("Number of cores").fill("72")
    page.clock.run_for(1000)
    assert scheduler.asked == []
    page.get_by_label("Number of cores").fill("4")
    page.clock.run_for(1000)
    expect(page.locator("#advanced-form .berth-estimate")).to_have_text(re.compile("1 min"))
    [asked] = scheduler.asked
    assert (asked["opt-profile"], asked["opt-cores"]) == ("advanced", "4")
    assert "_xsrf" not in str(asked)


@pytest.mark.parametrize("answer", [(500, "{}"), (200, "<html>log in"), (204, "")])
def test_where_nobody_answers_nothing_is_said(
    form: Page, site: Site, answer: tuple[int, str]
) -> None:
    site.answers[ESTIMATE] = site.answers[BOARD] = answer
    with opened(form).expect_response(f"**{ESTIMATE}?*"):
        form.clock.run_for(1000)
    with form.expect_response(f"**{BOARD}"):
        form.clock.run_for(31_000)
    expect(form.locator("#preset-form .berth-estimate")).to_have_text("")
    expect(form.get_by_text("17 jobs wait").first).to_be_visible()


# --- how full the cluster is


def test_the_numbers_follow(form: Page, site: Site) -> None:
    site.answers[ESTIMATE] = (204, "")
    site.answers[BOARD] = (200, json.dumps({
        "age": "As of 23:59.",
        "rows": {"shared": ["<b>Closed</b>.", "0/10", "1/480", "–", "99"], "other": ["", "1"]},
        "hints": {"shared-1": ["free", "free now"]},
    }))  # fmt: skip
    page = opened(form)
    row = page.locator("tr[data-partition=shared]")
    expect(row.locator(".berth-live")).to_have_text(["3/10", "150/480", "–", "0"])
    page.clock.run_for(31_000)
    expect(row.locator(".berth-live")).to_have_text(["0/10", "1/480", "–", "99"])
    expect(row.locator(".berth-note")).to_have_text("<b>Closed</b>.")
    expect(page.get_by_text("As of 23:59.")).to_be_visible()
    hints = page.locator(".berth-hint")
    expect(hints.first).to_have_text("free now")
    expect(hints.first).to_have_attribute("data-hint", "free")
    expect(hints.nth(1)).to_have_text("")


# --- maintenance


@pytest.mark.parametrize(("language", "use"), [("en", "Use 6:00 h"), ("de", "6:00 h übernehmen")])
def test_a_time_that_reaches_into_maintenance_can_be_cut(
    visit: Visit, site: Site, language: str, use: str
) -> None:
    site.answers[ESTIMATE] = (204, "")
    with speaking(language):
        html = spawn(server_name="advanced", overview=busy())
    page = visit(html)
    warning, walltime = page.locator("#crossing"), page.locator("#advanced-walltime")
    expect(warning).to_be_hidden()
    walltime.fill("12")
    expect(warning).to_contain_text("6:00 h")
    warning.get_by_role("button", name=use).click()
    expect(walltime).to_have_value("6")
    expect(walltime).to_be_focused()
    expect(warning).to_be_hidden()
    walltime.fill("6.2")
    expect(warning).to_be_visible()
    page.locator("#advanced-partition").select_option("prepost")
    expect(warning).to_be_hidden()


def test_a_preset_that_reaches_into_maintenance_warns_in_the_advanced_form(
    visit: Visit, site: Site
) -> None:
    site.answers[ESTIMATE] = (204, "")
    page = visit(spawn(overview=busy()))
    page.get_by_label("5 GB memory, 2 cores, shared, 12:00h").check()
    page.get_by_role("tab", name="Advanced").click()
    expect(page.locator("#crossing")).to_contain_text("There is maintenance from")
    page.get_by_role("button", name="Use 6:00 h").click()
    expect(page.locator("#advanced-walltime")).to_have_value("6")


def test_without_a_script_no_button_pretends(visit: Visit) -> None:
    page = visit(
        spawn(answers={"profile": "advanced", "walltime": "12"}, overview=busy()), script=False
    )
    expect(page.locator("#crossing")).to_be_visible()
    expect(page.locator("#crossing button")).to_be_hidden()


# --- languages


def test_ranges_of_another_partition_are_german_too(visit: Visit, site: Site) -> None:
    site.answers[ESTIMATE] = (204, "")
    with speaking("de"):
        html = spawn(server_name="advanced")
    page = visit(html)
    page.locator("#advanced-partition").select_option("compute")
    expect(page.locator("label[for=advanced-walltime] .berth-range")).to_have_text("[0,17–8]")


@pytest.mark.parametrize(
    ("language", "cores", "walltime"),
    [
        ("en", "Write a whole number from 1 to 48.", "Write a number from 0.17 to 12."),
        ("de", "Schreiben Sie eine ganze Zahl von 1 bis 48.",
         "Schreiben Sie eine Zahl von 0,17 bis 12."),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_said_at_its_field(
    visit: Visit, site: Site, language: str, cores: str, walltime: str
) -> None:
    site.answers[ESTIMATE] = (204, "")
    with speaking(language):
        html = spawn(server_name="advanced")
    page = visit(html)
    for name, words in (("cores", cores), ("walltime", walltime)):
        field = page.locator(f"#advanced-{name}")
        before = field.get_attribute("aria-describedby")
        field.fill("72")
        expect(page.get_by_text(words, exact=True)).to_be_visible()
        expect(field).to_have_accessible_description(re.compile(f"^{re.escape(words)}"))
        field.fill("2")
        expect(page.get_by_text(words, exact=True)).to_be_hidden()
        assert field.get_attribute("aria-describedby") == before
