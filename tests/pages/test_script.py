"""The pages in Chromium: what their scripts do, and that nothing is lost without them."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.pages import test_hostile
from tests.pages.conftest import Visit
from tests.pages.drawing import Server
from tests.pages.hostile import PAYLOADS
from tests.pages.scenes import pending, spawn
from tests.pages.scenes_home import home, living
from tests.pages.site import Site

pytestmark = pytest.mark.browser


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
        "home": lambda: home(living(""), living("preset")),
        "pending": lambda: pending(Server("advanced", pending="spawn")),
    }
    page = visit(scenes[name](), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
