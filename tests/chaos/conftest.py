"""pytest fixture: ``ours``, a running Berth on the chaos bed."""

from collections.abc import Generator, Iterator

import pytest

from tests.chaos.ours import Ours
from tests.testbed import packages


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the hub's log with a test that failed."""
    report = yield
    side = getattr(item, "funcargs", {}).get("ours")
    if report.failed and isinstance(side, Ours):
        report.sections.append(("end of the hub's log", side.hub.log()[-8000:]))
    return report


@pytest.fixture(scope="session")
def ours() -> Iterator[Ours]:
    """A hub that looks every second, with an agent that gives up on a command after 4 s."""
    packages.ensure("cluster", "machines")
    side = Ours(patience=4)
    try:
        side.configure(poll=1)
        side.open()
        yield side
    finally:
        side.close()
