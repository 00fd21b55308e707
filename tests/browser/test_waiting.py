"""A job in the queue: the page says why it waits, and Cancel takes that job away and no other."""

from playwright.sync_api import Page, expect

from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor

EXPRESS = {"account": "bm0146", "qos": "express"}
"""QOS express is for an hour at most: whoever asks for more waits for ever."""
REASON = "QOSMaxWallDurationPerJobLimit"


def expect_waiting(page: Page) -> None:
    expect(page.get_by_text("Your server is starting up.")).to_be_visible()
    expect(page.locator("#progress-message")).to_contain_text(REASON)


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The start was cancelled.")).to_be_visible()


def test_an_advanced_job_waits_and_is_cancelled(
    centre: Centre, alice: Visitor, at_home: Person
) -> None:
    page = at_home.visit("/hub/spawn/alice/advanced")
    form = page.locator("#advanced-form")
    form.get_by_label("Account").select_option("bm0146")
    form.get_by_label("QoS").select_option("express")
    form.get_by_label("Time (hours)").fill("2")
    at_home.start("#advanced-form")
    expect_waiting(page)
    assert [job.reason for job in centre.bed.squeue("alice")] == [REASON]
    cancel(page)
    centre.bed.wait_empty("alice")
    alice.wait_stopped("advanced")


def test_cancel_hits_the_server_that_waits(centre: Centre, alice: Visitor, at_home: Person) -> None:
    alice.start("", {"profile": "shared-1", "account": "bm0146"})
    alice.start("preset", {"profile": "shared-1", **EXPRESS})
    alice.wait_ready()
    page = at_home.visit("/hub/spawn-pending/alice/preset")
    expect_waiting(page)
    cancel(page)
    alice.wait_stopped("preset")
    [job] = centre.jobs("alice")
    assert (job["JobState"], job["QOS"]) == ("RUNNING", "normal")
    assert alice.servers()[""]["ready"]


def test_a_job_that_ends_before_its_server_is_ready(
    centre: Centre, alice: Visitor, at_home: Person
) -> None:
    alice.start(
        "advanced", {"profile": "advanced", "walltime": "2h", "partition": "shared", **EXPRESS}
    )
    page = at_home.visit("/hub/spawn-pending/alice/advanced")
    expect_waiting(page)
    centre.bed.cancel_all()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your server did not start")
    expect(page.locator("#progress-message")).to_contain_text("It was cancelled")
    page.reload()
    expect(page.locator("pre")).to_contain_text("It was cancelled")
    page.get_by_role("link", name="Change options").click()
    expect(page.locator("#advanced-form").get_by_label("QoS")).to_have_value("express")
    expect(page.locator("#advanced-form").get_by_label("Time (hours)")).to_have_value("2")
