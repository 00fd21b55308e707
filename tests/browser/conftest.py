"""People who click through a running centre."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Person
from tests.support.centre import Centre
from tests.support.hubs import Visitor

Arrive = Callable[..., Person]


@pytest.fixture
def arrive(browser: Browser, centre: Centre) -> Iterator[Arrive]:
    """arrive(java_script_enabled=False, …) -> somebody new; the browser must not complain."""
    people: list[Person] = []

    def somebody(**options: Any) -> Person:
        people.append(Person(browser, centre.hub.url, **options))
        return people[-1]

    yield somebody
    for person in people:
        person.close()
    assert [complaint for person in people for complaint in person.complaints] == []


@pytest.fixture
def stranger(arrive: Arrive) -> Person:
    """Somebody who has not logged in."""
    return arrive()


@pytest.fixture
def at_home(arrive: Arrive, alice: Visitor) -> Person:
    """Alice, logged in, at her home page."""
    person = arrive()
    person.become(alice)
    person.visit("/hub/home")
    return person
