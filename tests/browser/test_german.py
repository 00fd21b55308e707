"""One way through all pages in German: login, home, form, waiting, lab, stop."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.support.centre import Centre
from tests.support.hubs import Visitor
from tests.testbed.shell import must
from tests.testbed.slurm import SlurmBed

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

    page.goto(f"{centre.hub.url}/hub/home")
    row = page.locator("tr[data-server-name=preset]")
    expect(row).to_contain_text("Läuft")
    row.get_by_role("button", name="Beenden").click()
    expect(page.get_by_text("Keiner Ihrer Server läuft.")).to_be_visible()
    centre.bed.wait_empty("alice")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your servers")
