"""From the login page to a cell, and back to an empty queue."""

import pwd
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor

PRESET_FIVE = "5 GB memory, 1 core, prepost, 12:00h"
LAB = {name: re.compile(rf"/user/alice/{name}/lab") for name in ("preset", "advanced")}
PYTHON = "Python 3 (ipykernel)"


@pytest.fixture
def new_to_lab(unix_users: dict[str, str]) -> None:
    """Alice has never opened Lab: it shows its launcher, and no notebooks of other tests."""
    home = Path(pwd.getpwnam("alice").pw_dir)
    shutil.rmtree(home / ".jupyter" / "lab" / "workspaces", ignore_errors=True)
    for notebook in home.glob("Untitled*.ipynb"):
        notebook.unlink()


def run_cell(lab: Page, code: str, result: str) -> None:
    """Type into a new notebook by keyboard, and see its result."""
    lab.locator(".jp-LauncherCard[data-category=Notebook]").get_by_text(PYTHON).click()
    expect(lab.get_by_text(f"{PYTHON} | Idle")).to_be_visible()
    lab.locator(".jp-Notebook .cm-content").first.click()
    lab.keyboard.type(code)
    lab.keyboard.press("Shift+Enter")
    expect(lab.locator(".jp-Notebook .jp-OutputArea-output").first).to_have_text(result)


def hub_control_panel(lab: Page) -> Page:
    """Leave Lab by its menu, which opens the hub in a window of its own."""
    lab.get_by_role("menuitem", name="File", exact=True).click()
    with lab.context.expect_page() as info:
        lab.get_by_role("menuitem", name="Hub Control Panel").click()
    return info.value


@pytest.mark.usefixtures("new_to_lab")
def test_a_preset_from_login_to_a_cell_and_back(
    centre: Centre, alice: Visitor, stranger: Person, unix_users: dict[str, str]
) -> None:
    page = stranger.visit("/")
    stranger.log_in("alice", unix_users["alice"])
    expect(page).to_have_url(f"{centre.hub.url}/hub/home")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your servers")

    page.get_by_role("link", name="Start from preset profiles").click()
    page.get_by_label(PRESET_FIVE).check()
    page.locator("#preset-form").get_by_label("Account").select_option("bm0146")
    assert stranger.start("#preset-form").status == 302
    expect(page).to_have_url(LAB["preset"])

    job = centre.the_job("alice")
    assert job["UserId"].startswith("alice(")
    assert (job["Partition"], job["NumCPUs"], job["MinMemoryNode"], job["TimeLimit"]) == (
        "prepost", "1", "5G", "12:00:00",
    )  # fmt: skip
    run_cell(page, "6*7", "42")

    home = hub_control_panel(page)
    expect(home.locator("tr[data-server-name=preset]")).to_contain_text("Running")
    home.get_by_role("button", name="Stop").first.click()
    expect(home.get_by_text("None of your servers is running.")).to_be_visible()
    centre.bed.wait_empty("alice")


def test_the_advanced_form_beside_a_running_preset(
    centre: Centre, alice: Visitor, at_home: Person
) -> None:
    alice.start("preset", {"profile": "shared-1", "account": "bm0146"})
    page = at_home.page
    page.get_by_role("link", name="Advanced Slurm options").click()
    form = page.locator("#advanced-form")
    form.get_by_label("Account").select_option("bm0146")
    form.get_by_label("Partition").select_option("shared")
    form.get_by_label("Time (hours)").fill("2")
    form.get_by_label("Number of cores").fill("4")
    form.get_by_label("Memory (GB)").fill("6")
    form.get_by_label("QoS").select_option("normal")
    form.get_by_label("Log file name").fill("my_log")
    form.get_by_label("Request features").select_option("64G")
    form.get_by_label("User interface").select_option("JupyterLab")
    assert at_home.start("#advanced-form").status == 302
    expect(page).to_have_url(LAB["advanced"])
    alice.wait_ready("preset")

    jobs = {job["StdOut"].rpartition("_")[0]: job for job in centre.jobs("alice")}
    assert sorted(jobs) == ["/home/alice/jupyterhub_slurmspawner_preset", "/home/alice/my_log"]
    job = jobs["/home/alice/my_log"]
    wanted = {
        "JobState": "RUNNING", "Partition": "shared", "NumCPUs": "4", "CPUs/Task": "4",
        "MinMemoryNode": "6G", "TimeLimit": "02:00:00", "Account": "bm0146", "QOS": "normal",
        "Features": "64G",
    }  # fmt: skip
    assert {name: job[name] for name in wanted} == wanted

    at_home.visit("/hub/home")
    for server in ("preset", "advanced"):
        row = page.locator(f"tr[data-server-name={server}]")
        expect(row).to_contain_text("Running")
        expect(row.get_by_role("link", name="Open")).to_have_attribute(
            "href", f"/user/alice/{server}/"
        )


def test_without_javascript(
    centre: Centre, alice: Visitor, arrive: Arrive, unix_users: dict[str, str]
) -> None:
    person = arrive(java_script_enabled=False)
    page = person.visit("/hub/login")
    person.log_in("alice", unix_users["alice"])
    page.get_by_role("link", name="Start from preset profiles").click()
    page.get_by_label(PRESET_FIVE).check()
    page.locator("#preset-form").get_by_label("Account").select_option("bm0146")
    page.locator("#preset-form").get_by_role("button", name="Start").click()
    expect(page).to_have_url(LAB["preset"])
    assert centre.the_job("alice")["Partition"] == "prepost"
