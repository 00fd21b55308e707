"""Pages of a hub that runs, with servers that are processes of this machine, and its services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.hub.room import ADMIN, Room, stop_all
from tests.screens.drawn import CENTRE
from tests.support.browser import Person
from tests.support.hubs import Visitor


@contextmanager
def hub() -> Iterator[tuple[Room, Visitor]]:
    """A hub of the invented centre, and its admin, whose server `preset` runs."""
    branding = CENTRE.model_dump(mode="json", exclude_defaults=True)
    room = Room({"branding": branding})
    try:
        room.hub.start()
        visitor = room.visitor(ADMIN)
        visitor.start("preset", {"profile": "small"})
        visitor.wait_ready("preset")
        yield room, visitor
        stop_all(visitor)
        visitor.close()
    finally:
        room.close()


def login(person: Person) -> Page:
    """The login page."""
    person.context.clear_cookies()
    return person.visit("/hub/login")


def token(person: Person) -> Page:
    """The page of API tokens."""
    return person.visit("/hub/token")


def admin(person: Person) -> Page:
    """What an admin sees of everybody."""
    page = person.visit("/hub/admin")
    expect(page.get_by_role("row", name=ADMIN).first).to_be_visible()
    return page


def lab(person: Person) -> Page:
    """JupyterLab in a server of ours."""
    page = person.visit(f"/user/{ADMIN}/preset/lab?reset")  # else it looks as it was left
    expect(page.locator(".jp-LauncherCard").first).to_be_visible()
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)
    return page


LIVE: dict[str, Callable[[Person], Page]] = {
    "login": login, "token": token, "admin": admin, "lab": lab,
}  # fmt: skip


def _service(path: str) -> Callable[[Person], Page]:
    def go(person: Person) -> Page:
        return person.visit(f"/services/{path}")

    return go


SERVICES: dict[str, tuple[str, Callable[[Person], Page]]] = {
    "announcements": ("eve", _service("announcements/")),
    "announcement": ("eve", _service("announcements/edit/1")),
    "accounts": ("cat", _service("accounts/")),
    "usage": ("ann", _service("usage/")),
}
"""Who looks at which page of the services of tests/services/filled.py."""
