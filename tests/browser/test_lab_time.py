"""The time left in JupyterLab, while the scheduler changes it: nothing is faked here."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.support.centre import Centre
from tests.support.hubs import Visitor, until
from tests.testbed.shell import must

WARNING = {"en": "Save your work now.", "de": "Speichern Sie jetzt."}


@pytest.fixture
def job(centre: Centre, alice: Visitor) -> Iterator[dict[str, str]]:
    """The job of a server of alice's, with hours before it."""
    alice.start("preset", {"profile": "shared-1", "account": "bm0146"})
    alice.wait_ready("preset")
    yield centre.the_job("alice")


def end_in(centre: Centre, job: dict[str, str], minutes: int) -> None:
    """Let the scheduler end the job so many minutes from now, however long it has run."""
    end = f"EndTime=now+{minutes}minutes"
    must(["/usr/bin/scontrol", "update", f"JobId={job['JobId']}", end], env=centre.bed.env)


def time_left(page: Page) -> Locator:
    return page.locator(".berth-job")


def warnings(page: Page, language: str) -> Locator:
    return page.locator(".jp-toast-message").filter(has_text=WARNING[language])


def look_until(page: Page, pattern: str) -> None:
    """Come back to the tab again and again, until it shows this time."""

    def shows() -> bool:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(500)
        return re.fullmatch(pattern, time_left(page).text_content() or "") is not None

    until(shows, f"{pattern} in the status bar")


def test_it_follows_the_scheduler_and_warns_once(
    centre: Centre, alice: Visitor, job: dict[str, str], arrive: Arrive
) -> None:
    """Each change is far from the one before it, so that a slow page shows it all the same."""
    person = arrive()
    person.become(alice)
    page = person.visit("/user/alice/preset/lab")
    expect(time_left(page)).to_have_text(re.compile(r"\d+ h \d+ min left"))
    for fact in (f"Job {job['JobId']} ends", job["BatchHost"], "Partition shared"):
        expect(time_left(page)).to_have_attribute("title", re.compile(fact))
    expect(warnings(page, "en")).to_have_count(0)

    end_in(centre, job, 14)
    look_until(page, r"(1\d|[6-9]) min left")
    expect(warnings(page, "en")).to_have_count(1)
    page.reload()
    expect(time_left(page)).to_have_text(re.compile(r"^(1\d|[6-9]) min left"))
    expect(warnings(page, "en")).to_have_count(0)

    end_in(centre, job, 4)
    look_until(page, r"[1-4] min left")
    expect(warnings(page, "en")).to_have_count(1)
    expect(warnings(page, "en")).to_contain_text(re.compile(r"ends in [1-4] min,"))

    end_in(centre, job, 4)
    german = arrive(locale="de-DE")
    german.become(alice)
    neighbour = german.visit("/user/alice/preset/lab")
    expect(time_left(neighbour)).to_have_text(re.compile(r"noch [1-4] min"))
    expect(warnings(neighbour, "de")).to_have_count(1)

    end_in(centre, job, 3 * 60)
    look_until(page, r"(2 h 5\d|3 h 0) min left")
    expect(warnings(page, "en")).to_have_count(0)
