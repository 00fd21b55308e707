"""Pages stand still while they load, and where motion is not wanted nothing moves."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import Visit
from tests.pages.scenes import SCENES
from tests.pages.site import Site

KB = 1000

# By how much of the window what was painted has moved (https://web.dev/articles/cls): to 0.1 is
# called good.
_SHIFT = """async () => {
    let sum = 0;
    const add = entries => entries.forEach(entry => { sum += entry.value; });
    const observer = new PerformanceObserver(list => add(list.getEntries()));
    observer.observe({type: "layout-shift", buffered: true});
    await document.fonts.ready;
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    await new Promise(resolve => setTimeout(resolve));
    add(observer.takeRecords());
    return sum;
}"""
ESTIMATE = "Would start in about 12 min."

NAMES = (
    "login with everything", "home with servers", "home with a server that ended", "form",
    "form of the advanced server", "form of a busy cluster", "waiting in the queue", "failed",
)  # fmt: skip


def shift(page: Page) -> float:
    """Return by how much the page has moved, once all is there that comes by itself."""
    page.wait_for_load_state("networkidle")
    for line in page.locator(".berth-estimate:visible").all():
        expect(line).to_have_text(ESTIMATE)
    for message in page.locator("[data-progress] #progress-message").all():
        expect(message).to_have_text("Job 7 is pending")
    moved: float = page.evaluate(_SHIFT)
    return moved


@pytest.fixture(autouse=True)
def estimated(site: Site) -> None:
    """A scheduler that says when something would start."""
    site.answers["/hub/berth/estimate/alice"] = (200, json.dumps({"text": ESTIMATE}))


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_painted_stays_where_it_is(visit: Visit, site: Site, name: str, width: int) -> None:
    page = visit(SCENES[name](), width=width)
    assert shift(page) < 0.05
    ours = {path: size for path, size in site.loaded.items() if "/berth/" in path}
    assert "/hub/berth/static/berth.css" in ours
    assert sum(ours.values()) <= 40 * KB, ours


def test_a_page_that_moves_is_found(visit: Visit) -> None:
    late = (
        "document.body.prepend(Object.assign(document.createElement('p'), {style: 'height:9em'}))"
    )
    page = visit(SCENES["form"](), reduced_motion="reduce")
    page.evaluate(late)
    assert shift(page) > 0.05


@pytest.mark.parametrize("name", ["form", "waiting in the queue", "home with servers"])
def test_nothing_moves_where_motion_is_not_wanted(visit: Visit, name: str) -> None:
    page = visit(SCENES[name](), reduced_motion="reduce")
    moving = "document.getAnimations().filter(a => a.playState === 'running').length"
    page.wait_for_function(f"{moving} === 0")


@pytest.mark.parametrize("name", ["form", "waiting in the queue", "home with servers", "login"])
def test_with_forced_colours_focused_things_still_differ(visit: Visit, name: str) -> None:
    """Shadows and backgrounds are gone there: https://www.w3.org/TR/css-color-adjust-1/#forced."""
    page = visit(SCENES[name](), forced_colors="active")
    for _ in range(12):
        page.keyboard.press("Tab")
        here = page.locator("*:focus")
        if here.count():
            outline = here.evaluate("e => getComputedStyle(e).outlineStyle")
            assert outline != "none", here.evaluate("e => e.outerHTML")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_chosen_things_still_differ(visit: Visit, scheme: str) -> None:
    page = visit(SCENES["form"](), forced_colors="active", color_scheme=scheme)
    card, tab = page.locator("input[name=profile]").first, page.locator("#tab-preset")
    expect(card).to_be_checked()
    expect(tab).to_have_attribute("aria-selected", "true")
    chosen = look(card), look(tab)

    page.locator("input[name=profile]").nth(1).check()
    assert look(card) != chosen[0]
    page.locator("#tab-advanced").click()
    assert look(tab) != chosen[1]


def look(thing: Locator) -> bytes:
    """Return how it looks when nobody points at it, nor has it the focus."""
    page = thing.page
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    return thing.screenshot(animations="disabled")
