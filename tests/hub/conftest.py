"""One running hub for all tests of this folder: real JupyterHub, real proxy, real processes."""

from collections.abc import Generator, Iterator

import pytest

from tests.hub.room import Room, running, stop_all
from tests.support.hubs import Visitor


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the hub's log with a test that failed."""
    report = yield
    used = getattr(item, "funcargs", {}).values() if report.failed else ()
    rooms = [getattr(value, "room", value) for value in used]
    for room in {id(room): room for room in rooms if isinstance(room, Room)}.values():
        report.sections.append(("end of the hub's log", room.hub.log()[-4000:]))
    return report


@pytest.fixture(scope="session")
def room() -> Iterator[Room]:
    """A running hub with users ann (admin, group climate) and ben."""
    with running({}) as room:
        yield room


@pytest.fixture(scope="session")
def ann_at_her_browser(room: Room) -> Iterator[Visitor]:
    """Ann, logged in once for all tests."""
    visitor = room.visitor("ann")
    yield visitor
    visitor.close()


@pytest.fixture(scope="session")
def ben_at_his_browser(room: Room) -> Iterator[Visitor]:
    """Ben, logged in once for all tests."""
    visitor = room.visitor("ben")
    yield visitor
    visitor.close()


@pytest.fixture
def ann(ann_at_her_browser: Visitor) -> Iterator[Visitor]:
    """Ann, an admin; her servers and what the form remembers of them end with the test."""
    yield ann_at_her_browser
    stop_all(ann_at_her_browser)
    ann_at_her_browser.forget()


@pytest.fixture
def ben(ben_at_his_browser: Visitor) -> Iterator[Visitor]:
    """Ben, a user; his servers and what the form remembers of them end with the test."""
    yield ben_at_his_browser
    stop_all(ben_at_his_browser)
    ben_at_his_browser.forget()
