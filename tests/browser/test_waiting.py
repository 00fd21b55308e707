"""A job in the queue: the page says why it waits, and Cancel takes that job away and no other."""

import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor, until
from tests.testbed.shell import must

EXPRESS = {"account": "bm0146", "qos": "express"}
"""QOS express is for an hour at most: whoever asks for more waits for ever."""
REASON = "QOSMaxWallDurationPerJobLimit"
TOLD = 30.0
"""Seconds in which a waiting page has told of a job's end, however busy the machine is."""


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
    accounts = page.locator("#advanced-account option")
    until(lambda: accounts.count() or not page.reload(), "Slurm telling of alice's accounts")
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
    """The page tells it within five seconds on a machine that has nothing else to do.

    That is printed (``pytest -s``) and not asserted, for no test can assume such a machine; TOLD is
    what even a busy one keeps to, and what a page that asks only now and then would not.
    """
    alice.start(
        "advanced", {"profile": "advanced", "walltime": "2h", "partition": "shared", **EXPRESS}
    )
    page = at_home.visit("/hub/spawn-pending/alice/advanced")
    expect_waiting(page)
    [job] = centre.bed.squeue("alice")
    began = time.monotonic()
    must(["/usr/bin/scancel", str(job.id)], env=centre.bed.env)
    expect(page.locator("#failure-what")).to_contain_text("It was cancelled by root.")
    seconds = time.monotonic() - began
    print(f"{seconds:.1f} s from scancel to the page that says so")
    assert seconds < TOLD
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your server did not start")
    expect(page.locator("#failure-words")).to_contain_text("CANCELLED")
    page.get_by_role("link", name="Change options").click()
    expect(page.locator("#advanced-form").get_by_label("QoS")).to_have_value("express")
    expect(page.locator("#advanced-form").get_by_label("Time (hours)")).to_have_value("2")


# --- a full partition


@contextmanager
def full(centre: Centre, partition: str) -> Iterator[None]:
    """Let two jobs of bob's have all cores of the partition's node, one after the other."""
    job = ["--account=mh0010", f"--partition={partition}", "--cpus-per-task=48", "--time=30"]
    for _ in range(2):
        done = centre.bed.run_as("bob", ["/usr/bin/sbatch", *job, "--wrap=sleep 900"])
        assert done.returncode == 0, done.stderr
    try:
        until(lambda: "RUNNING" in [j.state for j in centre.bed.squeue("bob")], "the first job")
        yield
    finally:
        centre.bed.cancel_all()


def queue_says(centre: Centre, user: str) -> tuple[str, str]:
    """Return reason and expected start of the user's job, as ``squeue --start`` prints them."""
    argv = ["/usr/bin/squeue", "--start", "--noheader", f"--user={user}", "--format=%r|%S"]
    reason, _, start = must(argv, env=centre.bed.env).strip().partition("|")
    return reason, start


def test_behind_a_full_partition(centre: Centre, alice: Visitor, at_home: Person) -> None:
    with full(centre, "prepost"):
        alice.start("", {"profile": "prepost-1", "account": "bm0146"})
        page = at_home.visit("/hub/spawn-pending/alice")
        rows = {
            name: page.locator(f"dd[data-row={name}]") for name in ("reason", "position", "start")
        }
        expect(rows["position"]).to_have_text("2nd of 2 waiting in prepost")
        expected = rows["start"].locator("[data-start]")
        expect(expected).to_be_visible()

        def agree() -> bool:
            reason, start = queue_says(centre, "alice")
            shown = expected.get_attribute("data-start") or ""
            return shown.startswith(start) and f"({reason})" in rows["reason"].inner_text()

        until(agree, "the page and squeue --start saying the same")
        cancel(page)
        assert centre.bed.squeue("alice") == []


# --- a script of the user's that ends the job


@pytest.fixture
def broken_script(unix_users: dict[str, str]) -> Iterator[Path]:
    """Alice's script says what is missing, and takes the whole job down."""
    script = Path(pwd.getpwnam("alice").pw_dir, "jupyter_preload")
    script.write_text("echo 'anaconda/1999: no such module' >&2\nkill -KILL $PPID\n")
    script.chmod(0o644)
    yield script
    script.unlink()


@pytest.mark.usefixtures("broken_script")
def test_a_broken_script_is_shown_and_can_be_left_out(
    centre: Centre, alice: Visitor, at_home: Person
) -> None:
    page = at_home.visit("/hub/spawn/alice/preset")
    page.locator("#preset-form").get_by_label("Account").select_option("bm0146")
    at_home.start("#preset-form")
    expect(page.locator("#failure-log")).to_contain_text("anaconda/1999: no such module")
    expect(page.locator("#failure-advice")).to_contain_text("~/jupyter_preload")
    page.get_by_role("button", name="Start without the script").click()
    alice.wait_ready("preset")
    assert alice.servers()["preset"]["user_options"]["user_script"] == "none"
