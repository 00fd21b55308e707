"""What is announced, seen by people: at its time, in their language, until they put it away.

A real hub with its real service of announcements. The hub's clock is moved by a file of its
escape hatch: a warning for tomorrow need not be waited for.
"""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.hub.room import Room, stop_all
from tests.support.browser import Person
from tests.support.hubs import Visitor, free_ports, until

CLOCK = """
from datetime import UTC, datetime
from pathlib import Path

def now():
    file = Path({file!r})
    return datetime.fromisoformat(file.read_text()) if file.exists() else datetime.now(UTC)

c.JupyterHub.tornado_settings.update({{"berth_clock": now}})
"""
SAMPLE = {"en": "The disks are **slow**.", "de": "Die Platten sind **langsam**."}
Arrive = Callable[..., Person]


class Announcing:
    """One room with the service of announcements, its announcer ben, and a clock."""

    def __init__(self) -> None:
        [self.port] = free_ports(1)
        self.room = Room({
            "services": {"announcements": {"app": "announcements", "start": True,
                                           "port": self.port}},
            "announcements": {"editors": {"users": ["ben"]}},
            "branding": {"news": [{"date": "2026-02-01", "title": "Of site.yml"}]},
        })  # fmt: skip
        self.folder = self.room.folder / "announcements.d"
        self.clock = self.room.folder / "clock"
        extra = self.room.folder / "jupyterhub_config.d"
        for made in (self.folder, extra):
            made.mkdir()
        extra.joinpath("clock.py").write_text(CLOCK.format(file=str(self.clock)))
        self.room.account.give(self.folder, extra, *extra.iterdir())
        self.people: dict[str, Visitor] = {}

    def visitor(self, name: str) -> Visitor:
        if name not in self.people:
            self.people[name] = self.room.visitor(name)
        return self.people[name]

    def write(self, name: str, text: str) -> Path:
        """Write a file of announcements.d as an editor does: whole, in place of the old one."""
        new = self.folder / f".{name}.new"
        new.write_text(text)
        self.room.account.give(new)
        return new.rename(self.folder / name)

    def open(self) -> bool:
        return self._service("GET", "").status_code == 200

    def publish(self, **fields: Any) -> str:
        """Announce as ben does by the API, and return the id of that."""
        answer = self._service("POST", "", json={"kind": "announcement", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def withdraw(self, made: str) -> None:
        answer = self._service("DELETE", f"/{made}")
        assert answer.status_code in (200, 204), answer.text

    def _service(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.room.hub.url}/services/announcements/api/v1/announcements{path}"
        headers = {"Authorization": f"token {self.visitor('ben').token()}"}
        return requests.request(method, url, headers=headers, timeout=60, **options)

    def leave_the_service(self) -> None:
        """Let it be a unit of its own, which nobody starts."""
        folder = self.room.folder / "credentials"
        folder.mkdir()
        folder.joinpath("service-announcements").write_text("f" * 32)
        self.room.account.give(folder, *folder.iterdir())
        self.room.hub.env["CREDENTIALS_DIRECTORY"] = str(folder)
        self.room.change({"services": {"announcements": {"start": False}}})

    def at(self, moment: datetime) -> None:
        """Let the hub think that it is this moment."""
        new = self.clock.with_suffix(".new")
        new.write_text(moment.isoformat())
        self.room.account.give(new)
        new.rename(self.clock)

    def login_page(self) -> str:
        return requests.get(f"{self.room.hub.url}/hub/login", timeout=60).text

    def close(self) -> None:
        for visitor in self.people.values():
            stop_all(visitor)
            visitor.close()
        self.room.close()


@pytest.fixture(scope="module")
def hall() -> Iterator[Announcing]:
    hall = Announcing()
    try:
        hall.room.hub.start()
        until(hall.open, "the service")
        yield hall
    finally:
        hall.close()


@pytest.fixture(autouse=True)
def empty(hall: Announcing) -> Iterator[None]:
    """Each test begins with nothing announced, and now."""
    yield
    hall.clock.unlink(missing_ok=True)
    for file in hall.folder.iterdir():
        file.unlink()


@pytest.fixture
def arrive(browser: Browser, hall: Announcing) -> Iterator[Arrive]:
    people: list[Person] = []

    def somebody(name: str = "", **options: Any) -> Person:
        people.append(Person(browser, hall.room.hub.url, **options))
        if name:
            people[-1].become(hall.visitor(name))
        return people[-1]

    yield somebody
    for person in people:
        person.close()
    assert [complaint for person in people for complaint in person.complaints] == []


def front(body: str, **fields: str) -> str:
    return "\n".join(["---", *(f"{n}: {v}" for n, v in fields.items()), "---", body, ""])


def seen(page: Page, text: str) -> Page:
    """Look at the page again and again until *text* is announced on it."""

    def there() -> bool:
        page.reload()
        told = " ".join(page.locator(".berth-notice").all_text_contents())
        return text in " ".join(told.split())

    until(there, f"{text} on {page.url}")
    return page


def test_an_edit_of_a_file_is_announced(hall: Announcing, capsys: Any) -> None:
    begun = time.monotonic()
    hall.write("queue.md", front("Queueing takes *16 hours*.", severity="warning"))
    until(lambda: "Queueing takes <em>16 hours</em>." in hall.login_page(), "the first words")
    hall.write("queue.md", front("Queueing takes an hour.", severity="warning"))
    until(lambda: "Queueing takes an hour." in hall.login_page(), "the other words")
    took = (time.monotonic() - begun) / 2
    with capsys.disabled():
        print(f"\nan edit of announcements.d is on the login page after {took:.1f} s")
    assert "16 hours" not in hall.login_page()
    hall.folder.joinpath("queue.md").unlink()
    until(lambda: "Queueing" not in hall.login_page(), "its end")


def test_a_warning_for_tomorrow_has_its_time_its_places_and_its_languages(
    hall: Announcing, arrive: Arrive
) -> None:
    begin = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    end = begin + timedelta(hours=4)
    hall.publish(
        severity="warning", title={"en": "Slow", "de": "Langsam"}, text=SAMPLE,
        start=begin.isoformat(), end=end.isoformat(), where=["login", "form"],
    )  # fmt: skip
    hall.write("marker.md", front("All else is known."))
    stranger, cat = arrive(), arrive("cat", locale="de-DE")
    login, form = stranger.visit("/hub/login"), cat.visit("/hub/spawn/cat")
    for moment, shown in (
        (begin - timedelta(seconds=1), False), (begin, True), (end - timedelta(seconds=1), True),
        (end, False),
    ):  # fmt: skip
        hall.at(moment)
        seen(login, "All else is known.")
        seen(form, "All else is known.")
        expect(login.get_by_text("The disks are slow.")).to_have_count(int(shown))
        expect(form.get_by_text("Die Platten sind langsam.")).to_have_count(int(shown))
    hall.at(begin)
    seen(form, "Warnung: Langsam")
    expect(form.locator(".berth-notice strong").last).to_have_text("langsam")
    seen(cat.visit("/hub/home"), "All else is known.")
    expect(cat.page.get_by_text("Die Platten")).to_have_count(0)


def test_what_was_put_away_stays_away(hall: Announcing, arrive: Arrive) -> None:
    hall.write("disks.md", front("The disks are slow.", severity="warning"))
    hall.write("stays.md", front("The grid is down.", severity="critical"))
    cat = arrive("cat")
    page = seen(cat.visit("/hub/home"), "The disks are slow.")
    seen(page, "The grid is down.")
    expect(page.get_by_role("button", name="Dismiss")).to_have_count(1)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("The disks are slow.")).to_be_hidden()
    expect(page.get_by_role("heading", name="Your servers")).to_be_focused()
    for path in ("/hub/home", "/hub/spawn/cat", "/hub/login"):
        seen(cat.visit(path), "The grid is down.")
        expect(cat.page.get_by_text("The disks are slow.")).to_be_hidden()
    another = arrive("cat", java_script_enabled=False)
    seen(another.visit("/hub/home"), "The grid is down.")
    expect(another.page.get_by_text("The disks are slow.")).to_have_count(0)
    seen(arrive("ann").visit("/hub/home"), "The disks are slow.")
    hall.write("disks.md", front("The disks are slower.", severity="warning"))
    seen(another.page, "The disks are slower.")


def test_without_a_script_it_is_put_away_by_a_form(hall: Announcing, arrive: Arrive) -> None:
    hall.write("disks.md", front("Disks without a script.", severity="warning"))
    cat = arrive("cat", java_script_enabled=False)
    page = seen(cat.visit("/hub/spawn/cat"), "Disks without a script.")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("heading", name="Server Options")).to_be_visible()
    expect(page.get_by_text("Disks without a script.")).to_have_count(0)
    stranger = arrive(java_script_enabled=False)
    seen(stranger.visit("/hub/login"), "Disks without a script.")
    expect(stranger.page.get_by_role("button", name="Dismiss")).to_have_count(0)


def test_before_the_login_this_browser_keeps_it(hall: Announcing, arrive: Arrive) -> None:
    hall.write("disks.md", front("Disks for strangers.", severity="warning"))
    one, other = arrive(), arrive()
    page = seen(one.visit("/hub/login"), "Disks for strangers.")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Disks for strangers.")).to_be_hidden()
    page.reload()
    expect(page.get_by_text("Disks for strangers.")).to_be_hidden()
    seen(other.visit("/hub/login"), "Disks for strangers.")
    expect(other.page.get_by_text("Disks for strangers.")).to_be_visible()


def test_what_has_to_be_read_keeps_the_form_from_starting(hall: Announcing, arrive: Arrive) -> None:
    hall.write("rules.md", front("Rules have changed.", closing="acknowledge"))
    cat = arrive("cat", java_script_enabled=False)
    page = seen(cat.visit("/hub/spawn/cat"), "Rules have changed.")
    expect(page.locator(".berth-notice")).to_contain_text("Confirm this before you start a server.")
    refused = cat.start("#preset-form")
    assert refused.status == 400
    expect(page.locator("#form-trouble")).to_contain_text("Read what is announced on top")
    assert hall.visitor("cat").servers() == {}
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_text("Rules have changed.")).to_have_count(0)
    assert cat.start("#preset-form").status == 302
    # The page asks; the REST API is for programs, which read nothing.
    assert hall.visitor("ann").start("", {"profile": "small"}).status_code in (201, 202)


def _says(page: Callable[[], str], text: str) -> bool:
    return text in page()


def test_a_group_is_told_what_is_for_it(hall: Announcing) -> None:
    hall.write("climate.md", front("For climate.", groups="[climate]"))
    hall.write("all.md", front("For all."))
    pages: dict[str, Callable[[], str]] = {
        "ann": lambda: hall.visitor("ann").get("/hub/home").text,
        "cat": lambda: hall.visitor("cat").get("/hub/home").text,
        "nobody": hall.login_page,
    }
    for page in pages.values():
        until(partial(_says, page, "For all."), "what is for all")
    assert [who for who, page in pages.items() if "For climate." in page()] == ["ann"]


def test_what_cannot_be_announced_is_told_to_admins(hall: Announcing) -> None:
    file = hall.write("disks.md", front("Disks as before.", severity="warning"))
    until(lambda: "Disks as before." in hall.login_page(), "the good file")
    hall.write("disks.md", front("Other disks.", severity="huge"))
    ann, cat = hall.visitor("ann"), hall.visitor("cat")
    until(lambda: "announcements.d/disks.md:" in ann.get("/hub/home").text, "the problem")
    assert "disks.md" not in cat.get("/hub/home").text
    assert "Disks as before." in hall.login_page()
    file.unlink()
    until(lambda: "disks.md" not in ann.get("/hub/home").text, "its end")


def test_planned_maintenance_warns_on_the_form(hall: Announcing) -> None:
    now = datetime.now(UTC)
    times = {"begins": (now + timedelta(hours=1)).isoformat(), "lasts": "2h"}
    ben = hall.visitor("ben")

    def begins() -> list[int]:
        found = re.findall(r'<li data-start="(\d+)">', ben.get("/hub/spawn/ben").text)
        return [int(one) for one in found]

    made = hall.publish(severity="maintenance", text="Planned.", maintenance=times)
    until(begins, "the warning")
    assert begins() == [int((now + timedelta(hours=1)).timestamp())]
    assert "Planned." in ben.get("/hub/home").text
    hall.withdraw(made)
    until(lambda: not begins(), "its end")


def test_the_hub_announces_what_it_knew_while_the_service_is_away(hall: Announcing) -> None:
    """The last test: the hub comes back without its service."""
    hall.write("known.md", front("Known before.", severity="warning"))
    until(lambda: "Known before." in hall.login_page(), "the announcement")
    kept = hall.room.folder / "announcements.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    hall.room.hub.stop()
    hall.leave_the_service()
    hall.room.hub.start()
    assert "Known before." in hall.login_page()
    assert "Known before." in hall.visitor("cat").get("/hub/home").text
    until(lambda: "does not answer as it should" in hall.room.hub.log(), "a line in the log")
    assert "Known before." in hall.login_page()
