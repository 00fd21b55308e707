"""A user of the centre, in a browser: from the login page to a cell on a node, and Stop."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.deploy.deployment import Deployment
from tests.deploy.figures import note
from tests.machines.people import PEOPLE
from tests.support.browser import Person
from tests.support.hubs import until

ANN = PEOPLE[0]
PYTHON = "Python 3 (ipykernel)"


@pytest.fixture
def ann(browser: Browser, deployment: Deployment) -> Iterator[Person]:
    """Somebody at a browser that does not look at certificates: it cannot be given an authority."""
    person = Person(browser, deployment.url, ignore_https_errors=True)
    yield person
    person.close()
    # Chromium notices when machines of this computer come and go, which is nothing of ours.
    assert [said for said in person.complaints if "ERR_NETWORK_CHANGED" not in said] == []


def test_a_preset_from_login_to_a_cell_on_a_node_and_stop(
    deployment: Deployment, ann: Person
) -> None:
    page = ann.visit("/")
    ann.log_in(ANN.name, ANN.password)
    expect(page).to_have_url(f"{deployment.url}/hub/home")
    page.get_by_role("link", name="Start from preset profiles").click()
    page.get_by_label("2.5 GB memory, 1 core, shared, 12:00h").check()
    page.locator("#preset-form").get_by_label("Account").select_option(ANN.account)
    assert ann.start("#preset-form").status == 302
    expect(page).to_have_url(re.compile(rf"/user/{ANN.name}/preset/lab"))

    page.locator(".jp-LauncherCard[data-category=Notebook]").get_by_text(PYTHON).click()
    expect(page.get_by_text(f"{PYTHON} | Idle")).to_be_visible()
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.type("import socket; print(socket.gethostname())")
    page.keyboard.press("Shift+Enter")
    printed = page.locator(".jp-Notebook .jp-OutputArea-output").first
    expect(printed).to_have_text(re.compile(r"^\s*c1\s*$"))
    note(f"{deployment.layout.suite}: the cell of {ANN.name} ran on {printed.inner_text()!r}")

    page.goto(f"{deployment.url}/hub/home")
    page.get_by_role("button", name="Stop").first.click()
    expect(page.get_by_text("None of your servers is running.")).to_be_visible()
    until(lambda: not deployment.jobs(), "the job ended")


def test_a_wrong_password_is_refused(deployment: Deployment, ann: Person) -> None:
    page = ann.visit("/hub/login")
    ann.log_in(ANN.name, "wrong")
    expect(page.get_by_text("Invalid username or password")).to_be_visible()
    expect(page).to_have_url(re.compile("/hub/login"))


def test_http_leads_to_https_and_browsers_are_told_to_remember(deployment: Deployment) -> None:
    visitor = deployment.visitor(1)
    plain = visitor.session.get(
        deployment.url.replace("https", "http"), allow_redirects=False, timeout=60
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"{deployment.url}/")
    assert "max-age=" in visitor.get("/hub/login").headers["Strict-Transport-Security"]
    visitor.close()
