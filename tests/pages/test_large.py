"""The form of a very large site: still a page that loads at once."""

import gzip

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import Visit
from tests.pages.large import PARTITIONS, PRESETS, large_offer
from tests.pages.markup import parse
from tests.pages.scenes import spawn

KB = 1000


@pytest.fixture(scope="module")
def html() -> str:
    return spawn(offer=large_offer())


def test_all_of_it_is_there(html: str) -> None:
    page = parse(html)
    assert len(page.all("input", type="radio", name="profile")) == PRESETS
    assert len(page.within(page.one("select", id="advanced-partition"), "option")) == PARTITIONS


def test_it_is_no_heavier_than_a_picture(html: str) -> None:
    assert len(html.encode()) <= 300 * KB
    assert len(gzip.compress(html.encode())) <= 50 * KB


def test_the_last_of_everything_works_in_the_browser(visit: Visit, html: str) -> None:
    page = visit(html)
    last = page.locator("input[type=radio][name=profile]").last
    last.check()
    page.get_by_role("tab", name="Advanced").click()
    partition = page.locator("#advanced-partition")
    expect(partition).to_have_value(f"partition-{PRESETS - 1:03}")
    partition.select_option(f"partition-{PARTITIONS - 1:03}")
    expect(page.locator("#advanced-cores")).to_have_attribute(
        "max", str(48 + (PARTITIONS - 1) % 80)
    )
