"""One way in German: login, home, form, waiting, the time left in JupyterLab, home, stop."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor, until
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

STOPPING = re.compile("Ihr Server wird beendet.*Zu Ihren Servern", re.DOTALL)
PRESET = "2.5 GB memory, 1 core, shared, 12:00h"


@contextmanager
def nothing_starts(bed: SlurmBed, partition: str) -> Iterator[None]:
    """Take jobs for *partition*, and leave them in the queue."""
    change = ["/usr/bin/scontrol", "update", f"partitionname={partition}"]
    must([*change, "state=down"], env=bed.env)
    try:
        yield
    finally:
        must([*change, "state=up"], env=bed.env)


@contextmanager
def no_controller(bed: SlurmBed) -> Iterator[None]:
    """Let nobody answer for the cluster, on which all jobs go on."""
    bed.control("down")
    try:
        yield
    finally:
        bed.control("up")


def read_stop_page(person: Person) -> str:
    """Return what that page says; it leads home by itself before long."""
    return person.visit("/hub/spawn-pending/alice/preset").locator("main").inner_text()


def test_from_login_to_lab_and_back(
    centre: Centre, alice: Visitor, arrive: Arrive, unix_users: dict[str, str]
) -> None:
    person = arrive(locale="de-DE")
    page = person.visit("/hub/login")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_label("Benutzername:").fill("alice")
    page.get_by_label("Passwort:", exact=True).fill(unix_users["alice"])
    page.get_by_role("button", name="Anmelden").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Server")
    page.get_by_role("link", name="Mit einer Vorlage starten").click()
    page.get_by_label(PRESET).check()
    page.locator("#preset-account").select_option("bm0146")
    with nothing_starts(centre.bed, "shared"):
        page.locator("#preset-form").get_by_role("button", name="Starten").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Ihr Server")
        expect(page.get_by_role("button", name="Abbrechen")).to_be_visible()
        [job] = centre.jobs("alice")
        expect(page.locator("[data-row=job]")).to_contain_text(job["JobId"])
    expect(page).to_have_url(re.compile("/user/alice/preset/lab"))
    expect(page.locator(".berth-job")).to_have_text(re.compile(r"noch 1[12] h \d+ min"))

    person.visit("/hub/home")
    row = page.locator("tr[data-server-name=preset]")
    expect(row).to_contain_text("Läuft")
    with no_controller(centre.bed):  # else it may have stopped before the page is there
        row.get_by_role("button", name="Beenden").click()
        expect(row.locator(".berth-state")).to_have_text("Endet")
        until(lambda: STOPPING.search(read_stop_page(person)), "the page of a server that stops")
    person.visit("/hub/home")
    expect(page.get_by_text("Keiner Ihrer Server läuft.")).to_be_visible()
    centre.bed.wait_empty("alice")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your servers")
