"""Maintenance reserved in Slurm is announced by itself, and the form says what still fits."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import until
from tests.testbed.shell import must

SCONTROL = "/usr/bin/scontrol"
CLOSED = "The partition shared is closed: "
GERMAN = "Die Partition shared ist geschlossen: "


@pytest.fixture
def repair(centre: Centre) -> Iterator[None]:
    """All nodes of the partition shared, in three hours, for one hour."""
    settings = ("reservationname=repair", "users=root", "nodes=l1", "flags=maint,ignore_jobs",
                "starttime=now+3hours", "duration=60")  # fmt: skip
    must([SCONTROL, "create", "reservation", *settings], env=centre.bed.env)
    yield
    must([SCONTROL, "delete", "reservationname=repair"], env=centre.bed.env)


def announced(page: Page, text: str) -> None:
    """Look again until it is there: the hub asks Slurm once a minute, when somebody looks."""

    def told() -> bool:
        page.reload()
        return text in " ".join(page.locator(".berth-notice").all_text_contents())

    until(told, f"{text} on {page.url}")


def test_a_reservation_for_maintenance_appears_by_itself_and_the_form_offers_what_fits(
    repair: None, at_home: Person, arrive: Arrive
) -> None:
    announced(at_home.page, CLOSED)
    announced(arrive(locale="de-DE").visit("/hub/login"), GERMAN)
    page = at_home.visit("/hub/spawn/alice/advanced?profile=advanced&partition=shared&walltime=8")
    expect(page.locator(".berth-notice")).to_contain_text(CLOSED)
    crossing = page.locator("#crossing")
    expect(crossing).to_contain_text(re.compile(r"At most 2:[0-5]\d h fit before it"))
    crossing.get_by_role("button").click()
    expect(crossing).to_be_hidden()
    fits = float(page.locator("#advanced-walltime").input_value())
    assert 2 < fits < 3
    page.locator("#advanced-partition").select_option("compute")
    page.locator("#advanced-walltime").fill("8")
    expect(crossing).to_be_hidden()
