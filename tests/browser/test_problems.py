"""What admins see of a broken edit: readable in light and dark, on a desk and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.hub.room import Room
from tests.support.axe import faults
from tests.support.browser import DESKTOP, PHONE, THEMES, Person
from tests.support.hubs import Visitor, until

LONG = "a-name-that-is-rather-long-" * 6


@pytest.fixture(scope="module")
def broken() -> Iterator[Room]:
    """A hub whose last edit cannot be used."""
    room = Room({})
    try:
        room.hub.start()
        edit = room.folder / "profiles.d" / "zz-edit.yml"
        edit.write_text(f"presets:\n  - {{id: {LONG}, titel: X}}\n")
        yield room
    finally:
        room.close()


@pytest.fixture(scope="module")
def ann(broken: Room) -> Iterator[Visitor]:
    """An admin, from when the hub has seen the edit."""
    visitor = broken.visitor("ann")
    until(lambda: "zz-edit.yml" in visitor.get("/hub/home").text, "the hub saw the edit")
    yield visitor
    visitor.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("window", (DESKTOP, PHONE), ids=lambda window: str(window["width"]))
@pytest.mark.parametrize("path", ["/hub/home", "/hub/admin"])
def test_an_admin_can_read_what_is_wrong(
    browser: Browser, broken: Room, ann: Visitor, path: str, window: ViewportSize, theme: str
) -> None:
    person = Person(
        browser, broken.hub.url, color_scheme=theme, viewport=window, reduced_motion="reduce"
    )
    person.become(ann)
    page = person.visit(path)
    banner = page.get_by_role("region", name="The profiles on the disk cannot be used")
    expect(banner).to_contain_text("zz-edit.yml:2:")
    found = faults(page)
    if path == "/hub/admin":  # the rest of that page is JupyterHub's own
        found = [fault for fault in found if "problem" in str(fault)]
    else:
        assert person.too_wide() == 0
    assert found == []
    person.close()
