"""One running hub with its services for all tests of this folder and those below it."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Person
from tests.support.hubs import Visitor
from tests.support.services import Served, serving

Come = Callable[..., Person]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the log of hub and services with a test that failed."""
    report = yield
    served = getattr(item, "funcargs", {}).get("served")
    if report.failed and isinstance(served, Served):
        report.sections.append(("end of the hub's log", served.hub.log()[-4000:]))
    return report


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A running hub and its services. Nobody stops them: what does has a hub of its own."""
    with serving({}) as served:
        yield served


@pytest.fixture
def ann(served: Served) -> Visitor:
    """Ann, an admin, in group climate."""
    return served.visitor("ann")


@pytest.fixture
def ben(served: Served) -> Visitor:
    """Ben, who may announce to group climate, and is in it."""
    return served.visitor("ben")


@pytest.fixture
def cat(served: Served) -> Visitor:
    """Cat, a user like most, in group ocean."""
    return served.visitor("cat")


@pytest.fixture
def eve(served: Served) -> Visitor:
    """Eve, who may announce to everybody and is no admin."""
    return served.visitor("eve")


@pytest.fixture
def come(browser: Browser, served: Served) -> Iterator[Come]:
    """come("cat", locale="de") -> cat at a browser, logged in at the hub.

    What the browser says against our pages fails the test.
    """
    people: list[Person] = []

    def go(name: str, **options: Any) -> Person:
        person = Person(browser, served.hub.url, **options)
        person.become(served.visitor(name))
        people.append(person)
        return person

    yield go
    for person in people:
        person.close()
    assert [complaint for person in people for complaint in person.complaints] == []
