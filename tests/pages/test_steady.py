"""Pages stand still while they load, and where motion is not wanted nothing moves."""

import pytest
from playwright.sync_api import Page

from tests.pages.conftest import Visit
from tests.pages.scenes import SCENES
from tests.pages.site import Site

KB = 1000

# By how much of the window what was painted has moved (https://web.dev/articles/cls): to 0.1 is
# called good.
_SHIFT = """() => new Promise(resolve => {
    let sum = 0;
    const add = list => list.getEntries().forEach(entry => { sum += entry.value; });
    new PerformanceObserver(add).observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(sum), 1000);
})"""

NAMES = (
    "login with everything", "home with servers", "home with a server that ended", "form",
    "form of the advanced server", "form of a busy cluster", "waiting in the queue", "failed",
)  # fmt: skip


def shift(page: Page) -> float:
    moved: float = page.evaluate(_SHIFT)
    return moved


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
def test_with_forced_colours_chosen_and_focused_things_still_differ(
    visit: Visit, name: str
) -> None:
    """Shadows and backgrounds are gone there: https://www.w3.org/TR/css-color-adjust-1/#forced."""
    page = visit(SCENES[name](), forced_colors="active")
    for _ in range(12):
        page.keyboard.press("Tab")
        here = page.locator("*:focus")
        if here.count():
            outline = here.evaluate("e => getComputedStyle(e).outlineStyle")
            assert outline != "none", here.evaluate("e => e.outerHTML")
