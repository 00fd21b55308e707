"""What the form shows to whom."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor
from tests.support.people import logged_in

MIKLIP = "5 GB memory, 1 core, miklip, 12:00h"


def test_a_link_fills_the_form_in_and_starts_nothing(
    centre: Centre, alice: Visitor, stranger: Person, unix_users: dict[str, str]
) -> None:
    link = "/hub/spawn/alice/advanced?profile=advanced&partition=compute&cores=8"
    page = stranger.visit(link)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    stranger.log_in("alice", unix_users["alice"])
    expect(page).to_have_url(centre.hub.url + link)
    form = page.locator("#advanced-form")
    expect(form.get_by_label("Partition")).to_have_value("compute")
    expect(form.get_by_label("Number of cores (--cpus-per-task) [1–48]")).to_have_value("8")
    expect(form.get_by_label("Memory (GB)")).to_have_value("24")
    assert alice.servers() == {}
    assert centre.bed.squeue("alice") == []


def test_a_locked_preset_says_why(at_home: Person) -> None:
    page = at_home.visit("/hub/spawn/alice/preset")
    expect(page.get_by_label(MIKLIP)).to_be_disabled()
    expect(page.get_by_text("Locked: needs group miklip")).to_be_visible()


def test_the_form_says_how_full_the_cluster_is_and_when_a_server_would_start(
    at_home: Person, alice: Visitor, centre: Centre
) -> None:
    page = at_home.visit("/hub/spawn/alice/preset")
    estimate = page.locator("#preset-form .berth-estimate")
    expect(estimate).to_have_text(re.compile("Would start (now|in about|at about)"))
    nodes = page.locator("tr[data-partition=compute] .berth-live").first
    expect(nodes).to_have_text(re.compile("[012]/2"))
    expect(page.get_by_text(re.compile(r"As of \d\d:\d\d\."))).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(estimate).to_have_text(re.compile("Würde"))
    assert alice.servers() == {}
    assert centre.bed.squeue("alice") == []


@pytest.fixture
def carol(arrive: Arrive, centre: Centre, unix_users: dict[str, str]) -> Iterator[Person]:
    """Carol, member of the group miklip, logged in."""
    with logged_in(centre, "carol", unix_users) as visitor:
        person = arrive()
        person.become(visitor)
        yield person


def test_a_member_of_its_group_sees_it_open(carol: Person) -> None:
    page = carol.visit("/hub/spawn/carol/preset")
    page.get_by_label(MIKLIP).check()
    expect(page.get_by_text("Locked")).to_have_count(0)
    page.get_by_role("tab", name="Advanced").click()
    expect(page.locator("#advanced-form").get_by_label("Partition")).to_have_value("miklip")
