"""Bob at ShARC's form, in front of a real Grid Engine: from the form to a cell and to nothing."""

import pwd
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_start import run_cell
from tests.support.browser import Person
from tests.support.gridcentre import GridCentre
from tests.support.hubs import Visitor, until


@pytest.fixture
def new_to_lab(unix_users: dict[str, str]) -> None:
    """Bob has never opened Lab: it shows its launcher."""
    home = Path(pwd.getpwnam("bob").pw_dir)
    shutil.rmtree(home / ".jupyter" / "lab" / "workspaces", ignore_errors=True)
    for notebook in home.glob("Untitled*.ipynb"):
        notebook.unlink()


@pytest.fixture
def bob(browser: Browser, grid_centre: GridCentre, grid_bob: Visitor) -> Iterator[Person]:
    """Bob at the form; the browser must not complain."""
    person = Person(browser, grid_centre.hub.url)
    person.become(grid_bob)
    projects = person.page.locator("#advanced-form").get_by_label("Project").locator("option")

    def known() -> int:
        person.visit("/hub/spawn")
        return projects.count()

    until(known, "the projects in the form")  # a first look waits for them for a moment only
    yield person
    person.close()
    assert person.complaints == []


@pytest.mark.usefixtures("new_to_lab")
def test_bob_starts_with_two_slots_and_stop_leaves_nothing(
    grid_centre: GridCentre, bob: Person, grid_bob: Visitor
) -> None:
    page, grid = bob.page, grid_centre.grid
    expect(page.get_by_role("heading", name="Advanced Grid Engine options")).to_be_visible()
    form = page.locator("#advanced-form")
    assert form.get_by_label("Project").locator("option").all_text_contents() == [
        "None", "gpu", "rse",
    ]  # fmt: skip
    form.get_by_label("Job queue").select_option("shared.q")
    form.get_by_label("CPU cores").fill("2")
    form.get_by_label("Email address").fill("bob@example.org")
    assert bob.start("#advanced-form").status == 400  # several cores need an environment
    assert form.get_by_label("Parallel environment").get_attribute("aria-invalid") == "true"
    expect(form.locator("#advanced-parallel_environment-error")).to_have_text(
        "Choose one of smp, mpi: 2 cores need it."
    )
    form.get_by_label("Parallel environment").select_option("smp")
    assert bob.start("#advanced-form").status == 302
    expect(page).to_have_url(re.compile(r"/user/bob/lab"))

    [job_id] = grid.qstat()
    job = grid.job(job_id)
    assert (job["owner"], job["hard_queue_list"]) == ("bob", "shared.q")
    assert (job["parallel environment"], job["mail_list"]) == ("smp range: 2", "bob@example.org")
    assert set(job["hard resource_list"].split(",")) == {"h_rt=14400", "rmem=1024M"}
    run_cell(page, "import os; os.environ['NSLOTS']", "'2'")

    grid_bob.stop()
    grid_bob.wait_stopped()
    until(lambda: not grid.qstat(), "an empty qstat")


def test_one_gpu_in_its_project_and_no_secret_in_qstat(
    grid_centre: GridCentre, bob: Person, grid_bob: Visitor
) -> None:
    page, grid = bob.page, grid_centre.grid
    form = page.locator("#advanced-form")
    form.get_by_label("Project").select_option("gpu")
    form.get_by_label("Job queue").select_option("gpu.q")
    form.get_by_label("GPUs").fill("1")
    assert bob.start("#advanced-form").status == 302
    expect(page).to_have_url(re.compile(r"/user/bob/lab"))
    [job_id] = grid.qstat()
    assert "gpu=1" in grid.job(job_id)["hard resource_list"].split(",")
    shown = grid.run_as("carol", ["/usr/bin/qstat", "-j", job_id]).stdout
    assert "JUPYTERHUB" not in shown and "token" not in shown.lower()
    assert re.search(r"^env_list: +TERM=NONE$", shown, re.MULTILINE)


def test_what_grid_engine_refuses_is_told_in_its_words(
    grid_centre: GridCentre, bob: Person
) -> None:
    form = bob.page.locator("#advanced-form")
    form.get_by_label("Project").select_option("")
    form.get_by_label("Job queue").select_option("gpu.q")  # which is for jobs of projects only
    bob.start("#advanced-form")
    words = "no suitable queues"
    # On the form, or where the answer took longer than a click waits: the event log is folded away.
    expect(bob.page.get_by_text(words).filter(visible=True).first).to_be_visible()
    # The job of the test before may still be on its way out.
    until(lambda: not grid_centre.grid.qstat(), "an empty qstat")
